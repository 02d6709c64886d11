import type { JsonObject, Kind } from '../model/resource.ts';
import type { FakeServer } from './fake-server.ts';
import type { Account, Provider, Target } from './provider.ts';

/**
 * What the one suite for all providers (`tests/conformance/`) asks of each. A provider's `conformance.ts` exports a
 * `harness` of this shape; a case that cannot hold there is skipped with a reason, which is printed.
 */
export const CASES = {
  create: 'ensure makes it live, marked as ours, with the outputs of its kind; list and read find it',
  'create-again': 'a second ensure changes nothing',
  update: 'a changed spec changes the same resource',
  drift: 'a change behind our back is seen and repaired',
  remove: 'remove takes it away; a second remove, and a 404 to the first, are success',
  adopt: 'a create whose answer was lost is found and adopted, never repeated',
  foreign: 'a resource of the same name that is not ours is shown without owner, refused and left alone',
  credential: '401 and 403 are errors, never absence',
  'rate-limit': '429 carries its retry-after',
  'server-error': 'a 500 before or after the effect never makes two',
  cut: 'a cut connection before or after the effect never makes two',
  hang: 'a provider that does not answer does not outlast the signal',
  pages: 'a list over many pages is whole',
  'deploy-fails': 'a deployment that fails is a DeployError with its log, and the one before still serves',
  'deploy-hangs': 'a deployment that never finishes ends by itself, and by the signal',
  'unknown-status': 'an unknown status word is waited out, and is neither live nor failed',
  secrets: 'no secret stands in what is observed (but in outputs declared secret), told, thrown or logged',
  masking:
    'no spelling of a secret that the run knows stands in what is thrown or told, however the provider repeats it',
  rollback: 'an earlier deployment is put back',
  logs: 'logs are lines, no more than asked for',
  import:
    'a survey lists all there is, ours and others; what is adopted is ours as it is, twice is once, another fleet’s is refused',
  'read-only': 'list, read, logs and usage with the reading client change nothing',
} as const;

export type Case = keyof typeof CASES;

export interface Harness {
  provider: Provider;
  /** What is made, for each kind that the provider supports. */
  examples: Partial<Record<Kind, Example>>;
  /** Cases that cannot hold here, at all or for one kind, and why. */
  skips: Partial<Record<Case | `${Case}: ${Kind}`, string>>;
  /** Official descriptions of the API, held against every request and every answer of the fake: `tests/conformance/`. */
  specifications?: Specification[];
  /** Where the provider, or what we know of it, differs from its own description. One that never occurs fails the suite. */
  deviations?: Deviation[];
  /** A world of its own for each test. */
  start(options: { pageSize?: number }): Promise<World>;
}

/** OpenAPI 3, Swagger 2, hyper-schema (JSON or YAML), or GraphQL SDL, by the file's name and content. */
export interface Specification {
  /** Below the folder that FLOTILLA_SPECS names, e.g. `render/render-openapi.json`. */
  file: string;
  /** Where `npm run specs` gets it: an official address, without sign-in. Absent where there is none. */
  from?: string;
  /** Path of the API where it is not the one that the description itself says; for GraphQL the endpoint's. */
  base?: string;
  /** Path parameters whose value may hold slashes. */
  spanning?: string[];
}

export interface Deviation {
  /** What is said of it, such as `POST /v1/apps -> 201: response 201 app.name: must be string`. */
  match: RegExp;
  because: string;
  /** Where that is known from: a URL. */
  source: string;
}

export interface Example {
  spec: JsonObject;
  /** The same resource, changed. */
  changed: JsonObject;
  /** A spec that does not become live by itself, where the world cannot make any deployment fail. */
  failing?: JsonObject;
  /** Files of the source folder, by path. */
  files?: Record<string, string>;
}

/** How deployments that start from now on go. */
export type DeployFate = 'live' | 'fails' | 'hangs' | 'unknown-word' | 'unknown-for-ever';

/** The provider as the suite sees it from behind. */
export interface World {
  /** A real account, where things happen in their own time. */
  live?: true;
  account: Omit<Account, 'name' | 'signal'>;
  /** Where an account holds but one of a kind: that of each identity, so that several can be made side by side. */
  accountOf?(identity: string): World['account'];
  /** How many exist under the target's name, whoever made them. */
  count(target: Target): Promise<number>;
  /** Changes ours behind our back. */
  drift?(target: Target): Promise<void>;
  /** Makes one of the same name without our mark. */
  foreign?(target: Target): Promise<void>;
  fate?(fate: DeployFate): void;
  /** The fake behind it, for faults and for counting calls; absent where there is no HTTP. */
  server?: FakeServer;
  stop(): Promise<void>;
}
