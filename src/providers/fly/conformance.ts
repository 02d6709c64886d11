import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import { LIVE, startFakeFly, TOKEN, type Rollout } from './fake.ts';
import { provider } from './provider.ts';

const ROLLOUT: Record<DeployFate, Rollout> = {
  live: LIVE,
  fails: [
    { state: 'created', check: 'warning' },
    { state: 'started', check: 'critical' },
    { state: 'stopped', check: 'critical', exit: 1 },
  ],
  hangs: [
    { state: 'created', check: 'warning' },
    { state: 'started', check: 'critical' },
  ],
  'unknown-word': [{ state: 'created' }, { state: 'warming' }, { state: 'warming' }, { state: 'started' }],
  'unknown-for-ever': [{ state: 'warming' }],
};

const spec = {
  source: { image: `ghcr.io/acme/api@sha256:${'a'.repeat(64)}` },
  port: 8080,
  env: { LOG_LEVEL: 'info' },
};

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: { service: { spec, changed: { ...spec, env: { LOG_LEVEL: 'debug', EXTRA: '1' } } } },
  skips: {
    pages: 'the Machines API answers its lists whole',
    logs: 'the Machines API has no logs; a failed deployment tells its machine’s events and checks',
  },
  // Of January 2024 and without an official address; the newer one at docs.machines.dev is not this file.
  specifications: [{ file: 'fly/openapi-2024-01.yaml', base: '' }],
  deviations: [
    {
      match: /^POST \/apps -> .*unevaluated properties \(name\)/,
      because: 'the documentation names the app `app_name`, Fly’s own client `name`: both are sent',
      source: 'https://github.com/superfly/fly-go',
    },
    {
      match: /\/ip_assignments -> .*no such operation/,
      because: 'public addresses were added to the API after this description',
      source: 'https://github.com/superfly/fly-go',
    },
    {
      match: /^POST .*\/metadata\/\w+ -> 204: request body: the operation takes none/,
      because: 'the value of an entry is sent as a body, which the description leaves out',
      source: 'https://github.com/superfly/fly-go',
    },
    {
      match: /^DELETE .*\(force\)/,
      because: 'what runs is stopped by deleting with `force`, which the description does not have yet',
      source: 'https://fly.io/docs/machines/api/apps-resource/#delete-a-fly-app',
    },
    {
      match: /\/lease -> 201: response 201: Machines_create_lease does not answer so/,
      because: 'a lease that was made is answered with 201, the description says 200',
      source: 'https://fly.io/docs/machines/api/machines-resource/#create-a-machine-lease',
    },
  ],
  async start() {
    const fly = await startFakeFly();
    return {
      account: {
        options: { endpoint: fly.url },
        credentials: { FLY_API_TOKEN: TOKEN },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: fly,
      count: async ({ identity }) =>
        [...fly.apps.values()].filter((app) => app.name === identity && !('leaving' in app)).length,
      drift: async ({ identity }) => fly.tamper(identity, { image: 'docker.io/library/nginx:latest' }),
      foreign: async ({ identity }) => fly.plant(identity),
      fate: (fate) => void (fly.rollout = ROLLOUT[fate]),
      stop: () => fly.stop(),
    };
  },
};
