import type { Outcome, StepOutcome } from '../../src/model/outcome.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import type { InstanceState, RecordedState } from '../../src/model/state.ts';

/** A step with everything ordinary; what matters to a test is given. */
export function step(given: Partial<Step> = {}): Step {
  const resource = given.resource ?? 'service/api';
  const provider = given.provider ?? 'local';
  return {
    id: `${resource}@${provider}`,
    resource,
    provider,
    action: 'create',
    because: 'it does not exist yet',
    diff: [],
    after: [],
    ...given,
  };
}

export function plan(given: Partial<Plan> = {}): Plan {
  return {
    format: 1,
    fleet: 'acme',
    environment: 'production',
    commit: '0123456789abcdef0123456789abcdef01234567',
    fingerprint: 'f00d',
    steps: [
      step({ position: { file: 'flotilla.yml', line: 4, column: 3 }, diff: [{ path: 'port', to: 8080 }] }),
      step({
        resource: 'site/web',
        action: 'update',
        because: 'its source changed',
        diff: [
          { path: 'env.LEVEL', from: 'info', to: 'debug' },
          { path: 'region', from: 'eu', replaces: true },
        ],
        after: ['service/api@local'],
        position: { file: 'flotilla.yml', line: 9, column: 3 },
      }),
    ],
    unchanged: 3,
    placement: { 'service/api': [{ provider: 'local', replicas: 2, because: 'the only provider' }] },
    warnings: [{ message: 'no health path', position: { file: 'flotilla.yml', line: 4, column: 3 } }],
    blocks: [],
    unread: [],
    basis: 'live',
    hash: 'abcd1234abcd1234',
    ...given,
  };
}

export const BLOCKED: Partial<Plan> = {
  blocks: [
    {
      guard: 'delete-protected',
      message: 'database/main holds data and would be deleted',
      resources: ['database/main'],
      liftable: true,
      lift: 'flotilla apply --allow delete-protected',
      position: { file: 'flotilla.yml', line: 12, column: 3 },
    },
  ],
};

export function done(given: Partial<StepOutcome> & { step: Step }): StepOutcome {
  return { result: 'succeeded', duration: 1234, attempts: 1, ...given };
}

export function outcome(given: Partial<Outcome> = {}): Outcome {
  const whole = given.plan ?? plan();
  return {
    plan: whole,
    result: 'succeeded',
    steps: whole.steps.map((one) => done({ step: one })),
    outputs: { 'service/api': { url: 'http://127.0.0.1:4001', port: '4001' } },
    duration: 65_000,
    commits: 3,
    ...given,
  };
}

export function instance(given: Partial<InstanceState> = {}): InstanceState {
  return {
    id: 'acme-production-api',
    hash: 'aaaa',
    replicas: 1,
    spec: {},
    references: {},
    outputs: { url: 'http://127.0.0.1:4001' },
    phase: 'live',
    deployments: [],
    ...given,
  };
}

export function recorded(): RecordedState {
  return {
    environment: {
      format: 1,
      fleet: 'acme',
      environment: 'production',
      serial: 4,
      commit: '0123456789abcdef0123456789abcdef01234567',
      plan: 'abcd1234abcd1234',
      applied: '2026-11-20T10:00:00Z',
      outcome: 'succeeded',
      lease: null,
    },
    secrets: new Map(),
    resources: new Map([
      [
        'site/web',
        {
          format: 1,
          address: 'site/web',
          protect: false,
          dependsOn: ['service/api'],
          instances: { local: instance({ phase: 'failed', error: 'health check failed', outputs: {} }) },
        },
      ],
      [
        'service/api',
        {
          format: 1,
          address: 'service/api',
          protect: false,
          dependsOn: [],
          instances: { local: instance({ region: 'eu' }) },
        },
      ],
    ]),
  };
}

/** Text that tries everything: markdown, HTML, a table's bars, mentions, references, terminals' and bidirectional controls. */
export const HOSTILE =
  '@octocat <img src=x onerror=alert(1)> | `x` **b** [l](https://evil.example) #1 GH-2 https://evil.example www.evil.example :tada: \n# h\r\n::error::x \u001b[31m \u202egnp.exe ~~s~~ $x$ \\| </details> ```';
