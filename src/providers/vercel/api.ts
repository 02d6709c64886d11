import { z } from 'zod';
import { TransientError } from '../../model/errors.ts';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, everyPage, path } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';
import { MARK } from './mark.ts';
import { tokenReader, tokenWriter, type TokenReader, type TokenWriter } from './tokens.ts';

/** Vercel's API, typed: one function a call, and of every answer only what the site handler relies on. */

export const ENDPOINT = 'https://api.vercel.com';

const Meta = z.record(z.string(), z.string());
const Target = z.object({ id: z.string(), meta: Meta.nullish() });
const Project = z.object({
  id: z.string(),
  name: z.string(),
  /** `production`: the deployment that the production domains lead to. */
  targets: z.record(z.string(), Target.nullish()).nullish(),
  link: z.unknown().optional(),
  commandForIgnoringBuildStep: z.string().nullish(),
  rootDirectory: z.string().nullish(),
  buildCommand: z.string().nullish(),
  outputDirectory: z.string().nullish(),
  framework: z.string().nullish(),
});
export type Project = z.infer<typeof Project>;

const Deployment = z.object({
  id: z.string(),
  readyState: z.string(),
  readySubstate: z.string().nullish(),
  meta: Meta.nullish(),
  errorMessage: z.string().nullish(),
});
export type Deployment = z.infer<typeof Deployment>;

/** Lists call the id `uid`, and some entries name their state in `state` alone. */
const Listed = z
  .object({ uid: z.string(), readyState: z.string().nullish(), state: z.string().nullish(), meta: Meta.nullish() })
  .transform(({ uid, readyState, state, meta }): Deployment => ({
    id: uid,
    readyState: readyState ?? state ?? '',
    meta,
  }));

const Domain = z.object({
  name: z.string(),
  verified: z.boolean().nullish(),
  verification: z.array(z.object({ type: z.string(), domain: z.string(), value: z.string() })).nullish(),
});
export type Domain = z.infer<typeof Domain>;

const Variable = z.object({
  id: z.string().nullish(),
  key: z.string(),
  comment: z.string().nullish(),
  type: z.string().nullish(),
  /** Only those of type `plain` are readable. */
  value: z.string().nullish(),
  target: z.union([z.string(), z.array(z.string())]).nullish(),
});
export type Variable = z.infer<typeof Variable>;

const Next = z.object({ next: z.union([z.string(), z.number()]).nullish() });
const Event = z.object({
  text: z.string().nullish(),
  payload: z.object({ text: z.string().nullish() }).nullish(),
});

/** What a refused deployment says when Vercel lacks some of its files: their SHA-1. */
const MissingFiles = z.object({
  error: z.object({ code: z.literal('missing_files'), missing: z.array(z.string()) }),
});

export interface NewDeployment {
  name: string;
  project: string;
  meta: Record<string, string>;
  commit: string | null;
  files: { file: string; sha: string; size: number }[];
}

export interface VercelReader extends TokenReader {
  /** All projects of the account or team, whoever made them. */
  projects(): Promise<Project[]>;
  /** By id or exact name, which is unique in the account or team. */
  project(idOrName: string): Promise<Project | undefined>;
  /** To whatever target, newest first, at most a hundred. */
  deployments(project: string): Promise<Deployment[]>;
  deployment(id: string): Promise<Deployment>;
  domains(project: string): Promise<Domain[]>;
  variables(project: string): Promise<Variable[]>;
  /** The newest lines that building it printed, oldest first. */
  events(deployment: string, limit: number): Promise<string[]>;
}

export interface VercelWriter extends VercelReader, TokenWriter {
  createProject(name: string, mask: string[]): Promise<Project>;
  ignoreCommits(project: string): Promise<Project>;
  removeProject(id: string): Promise<void>;
  /** Sets variables of production, whether they are there or not. Deployments that start later see them. */
  setVariables(project: string, env: Record<string, string>): Promise<void>;
  /** Sets the variable that says whose a project is: readable, unlike the others. */
  mark(project: string, text: string): Promise<void>;
  removeVariable(project: string, id: string): Promise<void>;
  addDomain(project: string, name: string, mask: string[]): Promise<Domain>;
  removeDomain(project: string, name: string): Promise<void>;
  uploadFile(sha: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Starts one, or says which files have to be there first. */
  createDeployment(deployment: NewDeployment, mask: string[]): Promise<Deployment | { missing: string[] }>;
  /** Leads the production domains to a deployment. */
  promote(project: string, deployment: string): Promise<void>;
  account: Pick<Account, 'delay'>;
}

export const COMMENT = 'set by Flotilla';
/** With a repository linked, Vercel deploys every push by itself unless this says no. */
export const IGNORE = 'exit 0';
const PAGE = 100;
/** For a file of 100 MB on a slow line. */
const UPLOAD_SECONDS = 300;

const asProject = (value: unknown) => Project.parse(value);
const asDeployment = (value: unknown) => Deployment.parse(value);

export function connect(account: Account): { reader: VercelReader; writer: VercelWriter } {
  const http = createHttp({
    name: 'Vercel',
    baseUrl: endpointOf(account, ENDPOINT),
    headers: { authorization: `Bearer ${account.credentials['VERCEL_TOKEN'] ?? ''}` },
    signal: account.signal,
    credentialMend:
      'set VERCEL_TOKEN to a token with access to the team that `team` names, or to the account without one',
    mask: account.mask,
  });
  const { team } = account.options;
  /** Without it a token of a team member acts on the member's own account. */
  const scope = typeof team !== 'string' ? {} : team.startsWith('team_') ? { teamId: team } : { slug: team };

  const reader: VercelReader = {
    ...tokenReader(http.reader),
    projects: () =>
      everyPage((from) =>
        http.reader.get('/v10/projects', {
          query: { ...scope, limit: PAGE, from },
          parse: (value) => {
            const page = z.object({ projects: z.array(Project), pagination: Next }).parse(value);
            return { items: page.projects, next: page.pagination.next?.toString() };
          },
        }),
      ),
    project: (idOrName) => http.reader.find(path`/v9/projects/${idOrName}`, { query: scope, parse: asProject }),
    deployments: (projectId) =>
      http.reader.get('/v6/deployments', {
        query: { ...scope, projectId, limit: PAGE },
        parse: (value) => z.object({ deployments: z.array(Listed) }).parse(value).deployments,
      }),
    deployment: (id) => http.reader.get(path`/v13/deployments/${id}`, { query: scope, parse: asDeployment }),
    domains: (project) =>
      everyPage((until) =>
        http.reader.get(path`/v9/projects/${project}/domains`, {
          query: { ...scope, limit: PAGE, until },
          parse: (value) => {
            const page = z.object({ domains: z.array(Domain), pagination: Next.nullish() }).parse(value);
            return { items: page.domains, next: page.pagination?.next?.toString() };
          },
        }),
      ),
    variables: (project) =>
      http.reader.get(path`/v10/projects/${project}/env`, {
        query: scope,
        parse: (value) => z.object({ envs: z.array(Variable) }).parse(value).envs,
      }),
    events: (deployment, limit) =>
      http.reader.get(path`/v3/deployments/${deployment}/events`, {
        query: { ...scope, direction: 'backward', limit, builds: 1 },
        parse: (value) =>
          z
            .array(Event)
            .parse(value)
            .toReversed()
            .flatMap(({ text, payload }) => (text ?? payload?.text ?? '').split('\n').filter((line) => line !== '')),
      }),
  };

  const writer: VercelWriter = {
    ...reader,
    ...tokenWriter(http.writer),
    account,
    createProject: (name, mask) =>
      http.writer.post('/v11/projects', { query: scope, json: { name, framework: null }, mask, parse: asProject }),
    ignoreCommits: (project) =>
      http.writer.patch(path`/v9/projects/${project}`, {
        query: scope,
        json: { commandForIgnoringBuildStep: IGNORE },
        parse: asProject,
      }),
    removeProject: async (id) => void (await http.writer.delete(path`/v9/projects/${id}`, { query: scope })),
    setVariables: (project, env) =>
      http.writer.post(path`/v10/projects/${project}/env`, {
        query: { ...scope, upsert: 'true' },
        json: Object.entries(env).map(([key, value]) => {
          return { key, value, type: 'sensitive', target: ['production'], comment: COMMENT };
        }),
        mask: Object.values(env),
        parse: (value) => refuseFailed(value),
      }),
    mark: (project, value) =>
      http.writer.post(path`/v10/projects/${project}/env`, {
        query: { ...scope, upsert: 'true' },
        json: [{ key: MARK, value, type: 'plain', target: ['production'], comment: 'says whose this project is' }],
        parse: (answer) => refuseFailed(answer),
      }),
    removeVariable: async (project, id) =>
      void (await http.writer.delete(path`/v9/projects/${project}/env/${id}`, { query: scope })),
    addDomain: (project, name, mask) =>
      http.writer.post(path`/v10/projects/${project}/domains`, {
        query: scope,
        json: { name },
        mask,
        parse: (value) => Domain.parse(value),
      }),
    removeDomain: async (project, name) =>
      void (await http.writer.delete(path`/v9/projects/${project}/domains/${name}`, { query: scope, json: {} })),
    uploadFile: (sha, body) =>
      http.writer.post('/v2/files', {
        query: scope,
        headers: { 'content-type': 'application/octet-stream', 'x-vercel-digest': sha },
        body,
        timeoutSeconds: UPLOAD_SECONDS,
      }),
    createDeployment: ({ name, project, meta, commit, files }, mask) =>
      http.writer.post<Deployment | { missing: string[] }>('/v13/deployments', {
        query: { ...scope, skipAutoDetectionConfirmation: 1 },
        json: {
          name,
          project,
          target: 'production',
          files,
          meta,
          ...(commit ? { gitMetadata: { commitSha: commit } } : {}),
          projectSettings: PREBUILT,
        },
        mask,
        parse: asDeployment,
        refused: (status, body) => {
          const told = status === 400 ? MissingFiles.safeParse(body) : undefined;
          return told?.success ? { missing: told.data.error.missing } : undefined;
        },
      }),
    promote: (project, deployment) =>
      http.writer.post(path`/v10/projects/${project}/promote/${deployment}`, { query: scope }),
  };
  return { reader, writer };
}

/** The files are built already: Vercel shall not build again, and serve what is at their root. */
const PREBUILT = { framework: null, buildCommand: '', installCommand: '', outputDirectory: '.' };

const Failed = z.object({
  failed: z.array(z.object({ error: z.object({ code: z.string(), key: z.string().nullish() }) })).nullish(),
});

/** Answered with 201 though some were not set. */
function refuseFailed(value: unknown): void {
  const [first] = Failed.parse(value).failed ?? [];
  if (!first) return;
  const { key, code } = first.error;
  throw new TransientError(`Vercel did not set the variable ${key ?? ''} (${code})`);
}
