import { Octokit } from '@octokit/core';
import { sign } from '@octokit/webhooks-methods';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readSettings, type Credentials, type Settings } from '../../app/settings.ts';
import { startApp, type RunningApp } from '../../app/start-app.ts';
import type { Clock } from '../../src/model/clock.ts';
import { startGitHub, type Exchange, type Permission, type SandboxGitHub } from '../../src/sandbox/github/index.ts';
import type { RunRequest, WorkflowRunner } from '../../src/sandbox/github/workflow-runner.ts';
import { watch, type Watch } from '../sandbox/validate.ts';

export const FLEET = `fleet: acme
services:
  api:
    source: { dir: api, command: [node, server.js] }
`;
export const WORKFLOW = readFileSync(new URL('../../src/templates/workflow.yml', import.meta.url), 'utf8');
export const repository = { owner: 'acme', repo: 'fleet' };
const FULL_NAME = 'acme/fleet';
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const manifest = parse(readFileSync(new URL('../../app/app.yml', import.meta.url), 'utf8')) as {
  default_permissions: Record<string, 'read' | 'write'>;
  default_events: string[];
};

/** A runner that carries nothing out and remembers what it was asked for. */
export function recordingRunner(): WorkflowRunner & { asked: RunRequest[]; conclusion: 'success' | 'failure' } {
  const runner = {
    asked: [] as RunRequest[],
    conclusion: 'success' as 'success' | 'failure',
    run(request: RunRequest) {
      runner.asked.push(request);
      return { done: Promise.resolve({ conclusion: runner.conclusion, jobs: [] }), cancel() {} };
    },
  };
  return runner;
}

export interface AppWorld {
  github: SandboxGitHub;
  watched: Watch;
  runner: ReturnType<typeof recordingRunner>;
  appId: number;
  settings: Settings & { credentials: Credentials };
  /** Starts the App and lets webhooks go to it. */
  start(options?: { sweeps?: boolean; clock?: Clock }): Promise<RunningApp>;
  /** Where webhooks go from now on. */
  hookTo(url: string): void;
  as(login: string, permission?: Permission): Octokit;
  /** As a workflow, with its own token. */
  workflow(): Octokit;
  /** Presses a button of a check run on the sandbox's page. */
  press(check: number, identifier: string): Promise<void>;
  /** Sends the App a webhook as GitHub would, with other headers where told. */
  deliver(app: { url: string }, event: string, payload: unknown, headers?: Record<string, string>): Promise<Response>;
  /** A pull request from a branch of the repository; gives its number and head. */
  openPull(branch: string, files: Record<string, string | null>): Promise<{ number: number; sha: string }>;
  /** The App's check runs of a commit. */
  checks(sha: string): ReturnType<typeof checksOf>;
  /** Bodies of the comments that the App wrote. */
  answers(issue: number): string[];
  /** API requests as an installation since the last call, without those for tokens. */
  requests(): Exchange[];
  /** Webhooks delivered, and everything that follows from them done. */
  settled(app: RunningApp): Promise<void>;
  close(): Promise<void>;
}

const checksOf = (github: SandboxGitHub, appId: number, sha: string) =>
  [...(github.state.repositories.get(FULL_NAME)?.checks.values() ?? [])].filter(
    ({ headSha, app }) => headSha === sha && app.id === appId,
  );

/** A sandbox GitHub with the repository `acme/fleet`, and our App installed on it. */
export async function appWorld(
  files: Record<string, string> = {
    'flotilla.yml': FLEET,
    'api/server.js': 'console.log("ahoy");\n',
    '.github/workflows/flotilla.yml': WORKFLOW,
  },
  /** Further settings of the App; without them it sends no heartbeats. */
  env: Record<string, string> = {},
): Promise<AppWorld> {
  const runner = recordingRunner();
  const github = await startGitHub({ runner });
  const watched = watch(github);
  github.createUser('acme', 'admin');
  await github.createRepository(FULL_NAME, { files });
  const {
    id: appId,
    privateKey,
    webhookSecret,
  } = github.createApp({
    name: 'Flotilla',
    permissions: manifest.default_permissions,
    events: manifest.default_events,
    webhookUrl: 'http://127.0.0.1:1/nobody',
  });
  github.install(appId, [FULL_NAME]);
  await github.settled();
  // Nobody was there to be told of the installation.
  github.state.deliveries.splice(0);
  const read = readSettings({
    APP_ID: String(appId),
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: webhookSecret,
    GITHUB_API_URL: github.apiUrl,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'fatal',
    FLOTILLA_HEARTBEAT_SECONDS: '0',
    ...env,
  });
  const settings = { ...read, credentials: read.credentials as Credentials };
  const hookTo = (url: string): void => {
    const app = github.state.apps.get(appId);
    if (app) app.webhookUrl = `${url}${settings.webhookPath}`;
  };
  const tokens = new Map<string, Octokit>();
  const as = (login: string, permission: Permission = 'write'): Octokit => {
    const known = tokens.get(login);
    if (known) return known;
    const { token } = github.createUser(login);
    github.setPermission(FULL_NAME, login, permission);
    const octokit = new Octokit({ baseUrl: github.apiUrl, auth: token, log: quiet });
    tokens.set(login, octokit);
    return octokit;
  };
  const running = new Set<RunningApp>();
  let from = 0;

  return {
    github,
    watched,
    runner,
    appId,
    settings,
    hookTo,
    as,
    async press(check, identifier) {
      const answer = await fetch(`${github.url}/${FULL_NAME}/runs/${check}/action`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: github.url },
        body: new URLSearchParams({ identifier }),
      });
      if (!answer.ok) throw new Error(`the button could not be pressed: ${answer.status} ${await answer.text()}`);
    },
    async deliver(app, event, payload, headers) {
      const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
      const signed = await sign(webhookSecret, body);
      return fetch(`${app.url}${settings.webhookPath}`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': event,
          'x-github-delivery': randomUUID(),
          'x-hub-signature-256': signed,
          ...headers,
        },
      });
    },
    workflow: () => new Octokit({ baseUrl: github.apiUrl, auth: github.actionsToken(FULL_NAME), log: quiet }),
    async start({ sweeps = false, clock } = {}) {
      const app = await startApp(settings, { version: '0.0.0', sweeps, pause: 0, ...(clock ? { clock } : {}) });
      running.add(app);
      hookTo(app.url);
      return app;
    },
    async openPull(branch, changes) {
      const { sha } = await github.push(FULL_NAME, { branch, files: changes, message: `Change ${branch}` });
      const { data } = await as('wendy').request('POST /repos/{owner}/{repo}/pulls', {
        ...repository,
        title: branch,
        head: branch,
        base: 'main',
      });
      return { number: data.number, sha };
    },
    checks: (sha) => checksOf(github, appId, sha),
    answers(issue) {
      const found = [...(github.state.repositories.get(FULL_NAME)?.comments.values() ?? [])];
      return found.filter((one) => one.issue.number === issue && one.author.type === 'Bot').map(({ body }) => body);
    },
    requests() {
      const now = github.traffic.slice(from);
      from = github.traffic.length;
      return now.filter(({ token }) => token === 'installation');
    },
    async settled(app) {
      // What the App does sets off webhooks, which give it work again.
      for (let quietFor = 0; quietFor < 2;) {
        const before = github.traffic.length;
        await github.settled();
        await app.idle();
        quietFor = github.traffic.length === before ? quietFor + 1 : 0;
      }
    },
    async close() {
      for (const app of running) await app.close(1000);
      await github.close();
    },
  };
}
