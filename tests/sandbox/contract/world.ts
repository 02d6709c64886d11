import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { startGitHub, type SandboxGitHub } from '../../../src/sandbox/github/index.ts';
import type { RunConclusion, RunRequest, WorkflowRunner } from '../../../src/sandbox/github/workflow-runner.ts';
import { watch, type Watch } from '../validate.ts';
import { receiveWebhooks, type WebhookReceiver } from '../webhook-receiver.ts';

/** A runner whose runs end at once with `conclusion`, or, with `hold`, when they are cancelled. */
export const runner: WorkflowRunner & { conclusion: RunConclusion; hold: boolean } = {
  conclusion: 'success',
  hold: false,
  run(request: RunRequest) {
    const jobs = (conclusion: RunConclusion) => [
      {
        id: 'deploy',
        name: 'deploy',
        status: 'completed' as const,
        conclusion,
        steps: [{ name: 'Apply', conclusion, log: 'applied', startedAt: new Date(), completedAt: new Date() }],
        summary: `# ${request.event}`,
        annotations: [{ level: 'warning' as const, message: 'slow', file: 'flotilla.yml', line: 2 }],
        outputs: {},
        startedAt: new Date(),
        completedAt: new Date(),
      },
    ];
    const { promise, resolve } = Promise.withResolvers<RunConclusion>();
    if (!runner.hold) resolve(runner.conclusion);
    return {
      done: promise.then((conclusion) => ({ conclusion, jobs: jobs(conclusion) })),
      cancel: () => resolve('cancelled'),
    };
  },
};

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
export const repository = { owner: 'acme', repo: 'fleet' };
const workflow = `name: deploy
on:
  push: { branches: [main] }
  pull_request:
  workflow_dispatch: { inputs: { environment: { default: production } } }
  repository_dispatch: { types: [deploy] }
jobs:
  deploy: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`;

/** Everything of a repository that the sandbox tells Apps of. */
export const webhookEvents = [
  'check_run',
  'check_suite',
  'deployment',
  'deployment_status',
  'issue_comment',
  'issues',
  'pull_request',
  'push',
  'repository_dispatch',
  'status',
  'workflow_run',
];

/** A sandbox with the repository `acme/fleet` and an App installed on it, and everyone who asks something of it. */
export interface ContractWorld {
  github: SandboxGitHub;
  watched: Watch;
  hooks: WebhookReceiver;
  /** As a person who may do anything in the repository. */
  person: Octokit;
  /** As the App itself. */
  app: Octokit;
  /** As the App's installation on the repository. */
  installation: Octokit;
  installationId: number;
  /** The commit that a branch, `main` unless told, points to. */
  head(branch?: string): Promise<string>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<ContractWorld> {
  const github = await startGitHub({ runner });
  const watched = watch(github);
  const hooks = await receiveWebhooks();
  const { token } = github.createUser('acme', 'write');
  await github.createRepository('acme/fleet', {
    files: {
      'README.md': '# Fleet\n',
      LICENSE: 'As you like.\n',
      'flotilla.yml': 'fleet: acme\n',
      '.github/workflows/deploy.yml': workflow,
    },
  });
  const { id: appId, privateKey } = github.createApp({
    name: 'Flotilla',
    permissions: {
      actions: 'write',
      checks: 'write',
      contents: 'write',
      deployments: 'write',
      issues: 'write',
      metadata: 'read',
      pull_requests: 'write',
      statuses: 'write',
    },
    events: webhookEvents,
    webhookUrl: hooks.url,
    webhookSecret: 'it is known',
  });
  const { installationId } = github.install(appId, ['acme/fleet']);
  await github.createRepository('fleets/other');
  github.install(appId, ['fleets/other']);
  const options = { baseUrl: github.apiUrl, log: quiet };
  const person = new Octokit({ ...options, auth: token });
  const asApp = { ...options, authStrategy: createAppAuth };
  return {
    github,
    watched,
    hooks,
    person,
    app: new Octokit({ ...asApp, auth: { appId, privateKey } }),
    installation: new Octokit({ ...asApp, auth: { appId, privateKey, installationId } }),
    installationId,
    async head(branch = 'main') {
      const ref = `heads/${branch}`;
      const { data } = await person.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...repository, ref });
      return data.object.sha;
    },
    async close() {
      await github.close();
      await hooks.close();
    },
  };
}
