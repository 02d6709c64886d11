import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueToken } from './auth.ts';
import type { Exchange } from './exchange.ts';
import { Faults } from './faults.ts';
import { zeroOid } from './git/objects.ts';
import type { Limits } from './limits.ts';
import { githubLimits, RateLimiter } from './limits.ts';
import type { NewApp } from './operations/apps.ts';
import { addApp, createApp, installApp, uninstallApp } from './operations/apps.ts';
import { moveRefs } from './operations/refs.ts';
import type { FileChangeInput } from './operations/repositories.ts';
import { addRepository, firstCommit, forkRepository, writeChanges } from './operations/repositories.ts';
import { environmentOf } from './operations/deployments.ts';
import { servePage } from './page/serve-page.ts';
import { noreplyAddress } from './render/commit.ts';
import { restRoutes } from './rest/routes.ts';
import { createGitHubServer } from './server.ts';
import type { App, GitHubState, Permission, Permissions, Repository } from './state.ts';
import { emptyState, repositoryOf } from './state.ts';
import type { WorkflowRunner } from './workflow-runner.ts';
import { createWorkflowEngine } from './workflows/engine.ts';
import type { World } from './world.ts';
import { ensureAccount } from './world.ts';

export type { Exchange } from './exchange.ts';
export type { Fault, FaultAct, FaultRequest } from './faults.ts';
export type { Limits } from './limits.ts';
export type { NewApp } from './operations/apps.ts';
export type { FileChangeInput } from './operations/repositories.ts';
export type * from './state.ts';
export type * from './workflow-runner.ts';

export interface SandboxOptions {
  /** Folder for the bare repositories; default: a temporary one, removed on close. */
  root?: string;
  /** Default: one the system picks. */
  port?: number;
  clock?: () => Date;
  /** Without one, workflows are never set off. */
  runner?: WorkflowRunner;
  /** Changes to GitHub's limits. */
  limits?: { perHour?: Partial<Limits['perHour']>; secondary?: Partial<Limits['secondary']> };
}

export interface PushOptions {
  branch: string;
  files: Record<string, FileChangeInput>;
  message: string;
  /** Login; default: the repository's owner. */
  author?: string;
}

/** A GitHub in this process, over real HTTP on loopback. */
export interface SandboxGitHub {
  url: string;
  apiUrl: string;
  graphqlUrl: string;
  state: GitHubState;
  /** The limits in force; change them freely. */
  limits: Limits;
  /** A user with a personal token. `permission` holds in every repository that does not say otherwise. */
  createUser(login: string, permission?: Permission): { login: string; token: string };
  setPermission(fullName: string, login: string, permission: Permission): void;
  /** A team, `organization/team`, and all its members. */
  setTeam(team: string, members: readonly string[]): void;
  /** A repository with a first commit on `main`; `owner` is the login of a user who administers it. */
  createRepository(
    fullName: string,
    options?: { files?: Record<string, FileChangeInput>; private?: boolean; owner?: string; empty?: boolean },
  ): Promise<Repository>;
  fork(fullName: string, login: string): Promise<Repository>;
  createApp(app: NewApp): { id: number; slug: string; privateKey: string; webhookSecret: string };
  install(appId: number, fullNames: readonly string[]): { installationId: number };
  uninstall(appId: number, fullNames: readonly string[]): void;
  /** A manifest waiting to be registered; gives the code for `/app-manifests/{code}/conversions`. */
  offerManifest(manifest: Record<string, unknown>): string;
  /** A commit on a branch (made from the default branch when new), with all that a push sets off. */
  push(fullName: string, push: PushOptions): Promise<{ sha: string }>;
  /** A `GITHUB_TOKEN`. Without permissions it may do all that one can. */
  actionsToken(fullName: string, permissions?: Permissions, runId?: number): string;
  setSecret(fullName: string, name: string, value: string, environment?: string): void;
  setVariable(fullName: string, name: string, value: string): void;
  traffic: Exchange[];
  onExchange(listener: (exchange: Exchange) => void): () => void;
  faults: Faults;
  /** Forgets what was counted against rate limits. */
  resetLimits(): void;
  /** All webhooks delivered and all workflow runs ended. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Requests kept in `traffic`; older ones are dropped. */
const keptExchanges = 50_000;

/** Everything a job's token can be given. */
export const allActionsPermissions: Permissions = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  packages: 'write',
  pull_requests: 'write',
  statuses: 'write',
};

export const startGitHub = async (options: SandboxOptions = {}): Promise<SandboxGitHub> => {
  const clock = options.clock ?? (() => new Date());
  const state = emptyState();
  const limits = githubLimits();
  Object.assign(limits.perHour, options.limits?.perHour);
  Object.assign(limits.secondary, options.limits?.secondary);
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'flotilla-github-')));
  const working = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  ensureAccount({ state, clock }, 'ghost');
  const world: World = {
    state,
    clock,
    root,
    urls: { server: '', api: '', graphql: '' },
    limits,
    actions: addApp(
      { state, clock },
      {
        id: 15368,
        slug: 'github-actions',
        name: 'GitHub Actions',
        description: 'Automate your workflow from idea to production',
        permissions: { ...allActionsPermissions },
        events: [],
        privateKey: '',
        publicKey: '',
      },
    ),
    background(work: Promise<unknown>) {
      const tracked = work.catch((error: unknown) => failures.push(error)).finally(() => working.delete(tracked));
      working.add(tracked);
    },
    get workflows() {
      return workflows;
    },
  };
  const workflows = createWorkflowEngine(world, options.runner);
  const limiter = new RateLimiter(limits, clock);
  const faults = new Faults();
  const traffic: Exchange[] = [];
  const listeners = new Set<(exchange: Exchange) => void>();
  const server = createGitHubServer({
    world,
    limiter,
    faults,
    routes: restRoutes,
    page: (request, response, page) => servePage(world, request, response, page),
    record: (exchange) => {
      traffic.push(exchange);
      if (traffic.length > keptExchanges) traffic.shift();
      for (const listener of listeners) listener(exchange);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(world.urls, { server: url, api: `${url}/api/v3`, graphql: `${url}/api/graphql` });

  const settled = async (): Promise<void> => {
    while (working.size > 0) await Promise.all(working);
    const failed = failures.splice(0);
    if (failed.length > 0) throw new AggregateError(failed, 'sandbox GitHub: work in the background failed');
  };
  const appNamed = (id: number): App => {
    const app = state.apps.get(id);
    if (!app) throw new Error(`sandbox GitHub: there is no App ${id}; create it with createApp`);
    return app;
  };

  return {
    url,
    apiUrl: world.urls.api,
    graphqlUrl: world.urls.graphql,
    state,
    limits,
    traffic,
    faults,
    createUser(login, permission = 'none') {
      const account = ensureAccount(world, login);
      account.basePermission = permission;
      return { login: account.login, token: issueToken(world, { kind: 'user', account }) };
    },
    setPermission(fullName, login, permission) {
      ensureAccount(world, login);
      repositoryOf(state, fullName).collaborators.set(login.toLowerCase(), permission);
    },
    setTeam(team, members) {
      for (const login of members) ensureAccount(world, login);
      state.teams.set(team.toLowerCase(), new Set(members.map((login) => login.toLowerCase())));
    },
    async createRepository(fullName, { files = {}, private: hidden = false, owner, empty = false } = {}) {
      const [login = '', name = ''] = fullName.split('/');
      const account = ensureAccount(world, login, 'Organization');
      const repository = await addRepository(world, { name, owner: account, private: hidden, defaultBranch: 'main' });
      const author = ensureAccount(world, owner ?? login);
      if (owner !== undefined) repository.collaborators.set(owner.toLowerCase(), 'admin');
      if (!empty) await firstCommit(world, repository, { 'README.md': `# ${name}\n`, ...files }, author);
      return repository;
    },
    fork(fullName, login) {
      const parent = repositoryOf(state, fullName);
      return forkRepository(world, parent, ensureAccount(world, login), parent.name);
    },
    createApp(app) {
      const { id, slug, privateKey, webhookSecret } = createApp(world, app);
      return { id, slug, privateKey, webhookSecret };
    },
    install(appId, fullNames) {
      const repositories = fullNames.map((fullName) => repositoryOf(state, fullName));
      return { installationId: installApp(world, appNamed(appId), repositories).id };
    },
    uninstall(appId, fullNames) {
      for (const fullName of fullNames) {
        const repository = repositoryOf(state, fullName);
        for (const installation of state.installations.values())
          if (installation.app.id === appId && installation.repositoryIds.has(repository.id))
            uninstallApp(world, installation, [repository]);
      }
    },
    offerManifest(manifest) {
      const code = issueToken(world, { kind: 'anonymous' }).slice(4);
      state.tokens.delete(`ghs_${code}`);
      state.manifests.set(code, manifest);
      return code;
    },
    async push(fullName, { branch, files, message, author }) {
      const repository = repositoryOf(state, fullName);
      const { git } = repository;
      const ref = `refs/heads/${branch}`;
      const before = git.refs.get(ref);
      const parent = before ?? git.refs.get(`refs/heads/${repository.defaultBranch}`);
      const base = parent === undefined ? undefined : (await git.commit(parent))?.tree;
      const account = author === undefined ? repository.owner : ensureAccount(world, author);
      const by = { name: account.login, email: noreplyAddress(account), date: clock() };
      const sha = git.writeCommit({
        tree: await git.changeTree(base, writeChanges(repository, files)),
        parents: parent === undefined ? [] : [parent],
        author: by,
        committer: by,
        message,
      });
      await moveRefs(world, repository, [{ ref, to: sha, from: before ?? zeroOid }], { kind: 'user', account });
      return { sha };
    },
    actionsToken(fullName, permissions = { ...allActionsPermissions }, runId) {
      const repository = repositoryOf(state, fullName);
      return issueToken(world, { kind: 'actions', app: world.actions, repository, permissions, runId });
    },
    setSecret(fullName, name, value, environment) {
      const repository = repositoryOf(state, fullName);
      const secrets =
        environment === undefined ? repository.secrets : environmentOf(world, repository, environment).secrets;
      secrets[name.toUpperCase()] = value;
    },
    setVariable(fullName, name, value) {
      repositoryOf(state, fullName).variables[name.toUpperCase()] = value;
    },
    onExchange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    resetLimits: () => limiter.reset(),
    settled,
    async close() {
      for (const repository of state.repositories.values())
        // The newest first: a run that waits must not start because the one before it ended.
        for (const run of [...repository.runs.values()].toReversed())
          if (run.status !== 'completed') await workflows.cancel(repository, run);
      while (working.size > 0) await Promise.all(working);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const repository of state.repositories.values()) repository.git.close();
      if (options.root === undefined) await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
