import type { GitStore } from './git/git-store.ts';
import type { RunAnnotation, RunHandle, StepReport } from './workflow-runner.ts';

/** What a user may do in a repository, weakest last. */
export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

/** An App's or a token's permissions: name to level. */
export type Permissions = Record<string, 'read' | 'write' | 'admin'>;

/** A user, an organization or an App's bot. */
export interface Account {
  id: number;
  login: string;
  type: 'User' | 'Organization' | 'Bot';
  /** What a user may do in a repository that does not say otherwise. */
  basePermission: Permission;
  createdAt: Date;
}

export interface App {
  id: number;
  slug: string;
  name: string;
  description: string;
  owner: Account;
  bot: Account;
  permissions: Permissions;
  events: string[];
  webhookUrl: string | undefined;
  webhookSecret: string;
  clientId: string;
  clientSecret: string;
  privateKey: string;
  publicKey: string;
  createdAt: Date;
}

export interface Installation {
  id: number;
  app: App;
  account: Account;
  /** Ids of the repositories it reaches. */
  repositoryIds: Set<number>;
  suspendedAt: Date | undefined;
  createdAt: Date;
  updatedAt: Date;
}

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
  isDefault: boolean;
}

/** An issue, or a pull request when `pull` is there: GitHub numbers both in one row. */
export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  author: Account;
  labels: Label[];
  assignees: Account[];
  locked: boolean;
  lockReason: string | null;
  createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
  closedBy: Account | null;
  pull: Pull | undefined;
}

export interface Pull {
  id: number;
  draft: boolean;
  /** `undefined` once the fork is gone. */
  headRepository: Repository | undefined;
  headOwner: Account;
  headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  merged: boolean;
  mergedAt: Date | null;
  mergedBy: Account | null;
  /** The test merge while open, the real one when merged. */
  mergeCommitSha: string | null;
  maintainerCanModify: boolean;
}

/** An issue that is known to be a pull request. */
export type PullRequest = Issue & { pull: Pull };

export interface Comment {
  id: number;
  issue: Issue;
  body: string;
  author: Account;
  createdAt: Date;
  updatedAt: Date;
  reactions: { id: number; content: string; author: Account; createdAt: Date }[];
}

export type CheckStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
export type CheckConclusion =
  | 'action_required'
  | 'cancelled'
  | 'failure'
  | 'neutral'
  | 'success'
  | 'skipped'
  | 'stale'
  | 'timed_out';

export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: 'notice' | 'warning' | 'failure';
  message: string;
  title?: string;
  raw_details?: string;
}

export interface CheckAction {
  label: string;
  description: string;
  identifier: string;
}

export interface CheckRun {
  id: number;
  suite: CheckSuite;
  app: App;
  name: string;
  headSha: string;
  externalId: string;
  detailsUrl: string | null;
  status: CheckStatus;
  conclusion: CheckConclusion | null;
  startedAt: Date;
  completedAt: Date | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: CheckAnnotation[];
  actions: CheckAction[];
}

export interface CheckSuite {
  id: number;
  app: App;
  headSha: string;
  headBranch: string | null;
  before: string;
  createdAt: Date;
  updatedAt: Date;
  /** A rerequested suite is open again although its old runs are completed. */
  reopened: boolean;
}

export interface CommitStatus {
  id: number;
  sha: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  targetUrl: string | null;
  description: string | null;
  context: string;
  creator: Account;
  createdAt: Date;
}

export interface Deployment {
  id: number;
  sha: string;
  ref: string;
  task: string;
  payload: unknown;
  environment: string;
  description: string | null;
  creator: Account;
  app: App | undefined;
  transient: boolean;
  production: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** Oldest first. */
  statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  id: number;
  state: 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success';
  description: string;
  environment: string;
  environmentUrl: string;
  logUrl: string;
  creator: Account;
  createdAt: Date;
}

export interface Environment {
  id: number;
  name: string;
  createdAt: Date;
  updatedAt: Date;
  waitTimer: number;
  branchPolicy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  secrets: Record<string, string>;
}

export interface Workflow {
  id: number;
  path: string;
  name: string;
  createdAt: Date;
  updatedAt: Date;
  runCount: number;
}

export interface Job {
  id: number;
  name: string;
  attempt: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: 'success' | 'failure' | 'cancelled' | 'skipped' | null;
  steps: StepReport[];
  summary: string;
  annotations: RunAnnotation[];
  outputs: Record<string, string>;
  checkRun: CheckRun;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
}

export interface WorkflowRun {
  id: number;
  workflow: Workflow;
  workflowSha: string;
  workflowText: string;
  name: string;
  title: string;
  number: number;
  attempt: number;
  event: string;
  payload: Record<string, unknown>;
  /** Fully qualified ref the run is about, e.g. `refs/heads/main`. */
  ref: string;
  sha: string;
  /** What GitHub shows as the run's commit: the pull request's head rather than the test merge. */
  headSha: string;
  headBranch: string | null;
  headRepository: Repository;
  headRef: string;
  baseRef: string;
  fromFork: boolean;
  inputs: Record<string, string | boolean>;
  actor: Account;
  triggeringActor: Account;
  concurrency: { group: string; cancelInProgress: boolean; queue: 'single' | 'max' } | undefined;
  status: 'queued' | 'in_progress' | 'completed' | 'pending';
  conclusion: 'success' | 'failure' | 'cancelled' | null;
  suite: CheckSuite;
  /** What Apps said to environments that ask them before a job may go on, newest last. */
  gates: { environment: string; state: 'approved' | 'rejected'; comment: string; app: App }[];
  /** Jobs of every attempt; `attempt` tells them apart. */
  jobs: Job[];
  handle: RunHandle | undefined;
  cancelRequested: boolean;
  pulls: PullRequest[];
  createdAt: Date;
  updatedAt: Date;
  startedAt: Date;
}

export interface Repository {
  id: number;
  name: string;
  owner: Account;
  /** `owner/name`. */
  fullName: string;
  private: boolean;
  description: string | null;
  defaultBranch: string;
  parent: Repository | undefined;
  createdAt: Date;
  pushedAt: Date;
  git: GitStore;
  /** Login in lower case to permission. */
  collaborators: Map<string, Permission>;
  lastNumber: number;
  issues: Map<number, Issue>;
  comments: Map<number, Comment>;
  /** By name in lower case. */
  labels: Map<string, Label>;
  suites: Map<number, CheckSuite>;
  checks: Map<number, CheckRun>;
  statuses: CommitStatus[];
  deployments: Map<number, Deployment>;
  environments: Map<string, Environment>;
  /** By path. */
  workflows: Map<string, Workflow>;
  runs: Map<number, WorkflowRun>;
  secrets: Record<string, string>;
  variables: Record<string, string>;
}

/** One webhook sent to an App, as `/app/hook/deliveries` shows it. */
export interface Delivery {
  id: number;
  guid: string;
  app: App;
  event: string;
  action: string | null;
  installationId: number | null;
  repositoryId: number | null;
  deliveredAt: Date;
  redelivery: boolean;
  /** Seconds. */
  duration: number;
  status: string;
  statusCode: number;
  url: string;
  request: { headers: Record<string, string>; payload: string };
  response: { headers: Record<string, string>; payload: string };
}

/** Whoever holds a token. */
export type Principal =
  | { kind: 'anonymous' }
  | { kind: 'user'; account: Account }
  | { kind: 'app'; app: App }
  | {
      kind: 'installation';
      app: App;
      installation: Installation;
      permissions: Permissions;
      /** `undefined`: all that the installation reaches, also later. */
      repositoryIds: Set<number> | undefined;
      expiresAt: Date;
    }
  | { kind: 'actions'; app: App; repository: Repository; permissions: Permissions; runId: number | undefined };

/** Everything the sandbox knows. Plain data: read it freely in tests; change it through the sandbox. */
export interface GitHubState {
  /** By login in lower case. */
  accounts: Map<string, Account>;
  apps: Map<number, App>;
  installations: Map<number, Installation>;
  /** Logins of members by `organization/team`, all in lower case. */
  teams: Map<string, Set<string>>;
  /** By `owner/name` in lower case. */
  repositories: Map<string, Repository>;
  repositoriesById: Map<number, Repository>;
  tokens: Map<string, Principal>;
  deliveries: Delivery[];
  /** App manifests waiting for their code to be exchanged. */
  manifests: Map<string, Record<string, unknown>>;
  lastId: number;
}

export const emptyState = (): GitHubState => ({
  accounts: new Map(),
  teams: new Map(),
  apps: new Map(),
  installations: new Map(),
  repositories: new Map(),
  repositoriesById: new Map(),
  tokens: new Map(),
  deliveries: [],
  manifests: new Map(),
  lastId: 1000,
});

/** Ids are unique over all kinds, so that mixing two up always fails. */
export const nextId = (state: GitHubState): number => ++state.lastId;

export const isPullRequest = (issue: Issue): issue is PullRequest => issue.pull !== undefined;

export const repositoryOf = (state: GitHubState, fullName: string): Repository => {
  const repository = state.repositories.get(fullName.toLowerCase());
  if (!repository)
    throw new Error(`sandbox GitHub: there is no repository ${fullName}; create it with createRepository`);
  return repository;
};
