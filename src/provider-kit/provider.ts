import type { Capability, Described, Measure, Refusal, Usage } from '../model/offer.ts';
import type { Observed } from '../model/observation.ts';
import type { Change } from '../model/plan.ts';
import type { Address, JsonObject, Kind } from '../model/resource.ts';
import type { SourceFolder } from '../model/source.ts';

/**
 * The contract that every folder under `src/providers/` fulfils: what a provider is (data), and how to read, make and
 * remove each kind of resource there (handlers). The engine knows nothing else about any provider.
 */
export interface Provider<Reader = unknown, Writer = unknown> {
  /** The folder's name, and the default account name in `flotilla.yml`. */
  type: string;
  title: string;
  /** What it is, one sentence, for the capability table. */
  about: string;
  /** Environment variables that hold its credentials. */
  credentials: { variable: string; about: string; required: boolean }[];
  /** Keys that `providers.<account>` may have, with their check: returns what is wrong, or undefined. */
  options: Record<string, { about: string; check(value: unknown): string | undefined }>;
  /** Each kind: supported, or no and why. A kind left out is "no: not offered by this provider". */
  kinds: Partial<Record<Kind, Capability>>;
  /**
   * Why it cannot hold a resource that is described so, as far as the config alone tells: placement looks elsewhere then, or
   * the plan fails on that line. `ensure` refuses the same, with `requireOffered`. Pure.
   */
  refuses?(resource: Described, options: JsonObject): Refusal | undefined;
  /** What users of it should be warned of where this run takes place, e.g. on a machine that is gone afterwards. */
  caution?(place: { hostedRunner: boolean }): string | undefined;
  /** `private`: what runs there may be reached on this machine or network only, so that probes may ask such addresses. */
  addresses?: 'private';
  /** Where a service that nobody asks falls asleep: the plans of an account (`free` when it names none), and how long waking may take. */
  wakes?: { plans: readonly string[]; seconds: number };
  /** Steps and reads in flight at once. */
  concurrency: number;
  /** What its free tier gives and its API allows, as far as known. */
  limits?: Limit[];
  /** What the account may use and uses right now, of what its API tells; in one request where it can be. */
  usage?(reader: Reader): Promise<Usage[]>;
  /** Secret outputs that are told only when a resource is made, by kind: unless they are sealed then, they are lost. */
  toldOnce?(options: JsonObject): Partial<Record<Kind, readonly string[]>>;
  /** How its own API renews the credential of an account; absent where it cannot. */
  renewal?: CredentialRenewal<Reader, Writer>;
  /** A client that can only read: planning never gets another. */
  reader(account: Account): Reader;
  /** A client that can change things: only apply asks for it. */
  writer(account: Account): Writer;
  handlers: Partial<Record<Kind, Handler<Reader, Writer>>>;
}

/**
 * How a provider makes another credential and ends the old one, so that `issue: { provider: … }` under `secrets:` renews it. The
 * old one goes on working until it is ended. A client has one credential for all its life.
 */
export interface CredentialRenewal<Reader = unknown, Writer = unknown> {
  /** Which of the `credentials`. */
  variable: string;
  /**
   * Makes another credential with the rights of the writer's own, called `label` at the provider, and gives its value. Others of
   * that name go first: a run made them that died before it could keep their value.
   */
  issue(writer: Writer, label: string): Promise<string>;
  /** Succeeds with every credential that is still good, whatever it may do; CredentialError otherwise. */
  authenticate(reader: Reader): Promise<void>;
  /** Reads what plans read first. CredentialError where the credential does not suffice. */
  verify(reader: Reader): Promise<void>;
  /**
   * Ends a credential that is not the writer's own: the one that `old` has, which still authenticates, or, where its value was lost,
   * what bears the label, which may be nothing. `label` is absent for what a person made. UnsupportedError where the provider does
   * not tell which of its credentials it is.
   */
  revoke(writer: Writer, which: { label?: string; old?: Writer }): Promise<void>;
}

/** One limit of a provider's free tier or API, with where that was read and when. */
export interface Limit {
  /** What is limited, e.g. `API requests` or `instance hours`. */
  what: string;
  amount: number;
  /** `hours`, `bytes`, `USD`, `requests`, … */
  unit: string;
  /** `month`, `hour`, `account`, `service`, `once`, … */
  per: string;
  /** URL. */
  source: string;
  /** Day it was looked at, ISO 8601. */
  date: string;
  confidence: 'documented' | 'unverified';
  /** What placement counts against it, `amount` then being in the unit of `MEASURES`; a limit without it is for people to read. */
  measure?: Measure;
  /** True: of one resource (processor and memory: of one replica), not of the account. */
  each?: boolean;
  /** Kinds that count against it; all when left out. */
  kinds?: readonly Kind[];
  /** The plan of the provider that has it, as `providers.<account>.plan` names it; `free` when left out. */
  plan?: string;
}

/** One configured account of a provider. Made by the entry points, which alone read the environment. */
export interface Account {
  /** Name in `providers:`. */
  name: string;
  options: JsonObject;
  /** Values by variable name. */
  credentials: Record<string, string>;
  /** `owner/name` on GitHub of the files' repository, where it is known: for providers that build from git. */
  repository?: string;
  /** Address of GitHub's API as the run's environment says it, where that is known: GitHub Enterprise Server has its own. */
  githubApi?: string;
  /** Folder for what must live on this machine (the `local` provider's processes, logs, sites). */
  home: string;
  signal: AbortSignal;
  /** Hides every secret that the run knows, in text as it came: before it is shortened or escaped. */
  mask?: (text: string) => string;
  /** Stops waiting early in tests; production is `setTimeout`. Milliseconds. */
  delay(milliseconds: number): Promise<void>;
}

/** Which resource of which fleet. `identity` is deterministic, so a resource can be found again after a lost answer; that of an imported one is the name that it had. */
export interface Target {
  fleet: string;
  environment: string;
  address: Address;
  kind: Kind;
  name: string;
  /** `<fleet>-<environment>-<name>-<8 hex>`, lower case, digits and dashes, at most 40 characters: fits every provider's rules. Recorded for what was imported. */
  identity: string;
}

/** What a resource shall be. In a plan, values not known yet are still templates; in an apply, all are real. */
export interface Desired extends Target {
  spec: JsonObject;
  hash: string;
  replicas: number;
  region?: string;
  commit: string | null;
  source?: SourceFolder;
  /** Outputs of `toldOnce` that nobody has any more: when the resource is there already, they are to be made anew. */
  reissue?: readonly string[];
}

export type { Observed } from '../model/observation.ts';
export type { SourceFolder } from '../model/source.ts';

export interface Handler<Reader = unknown, Writer = unknown> {
  /** All resources of this kind that are ours in this fleet and environment, plus foreign ones with one of the `identities`. */
  list(reader: Reader, scope: Scope): Promise<Observed[]>;
  /** One resource by identity; undefined only when the provider said that it is not there. */
  read(reader: Reader, target: Target): Promise<Observed | undefined>;
  /** Drift: how what exists differs from what is wanted, apart from what the hash covers. Pure. */
  diff(desired: Desired, observed: Observed): Change[];
  /** Observe, create or update, wait until live. Idempotent: run twice it does nothing the second time. Throws DeployError when it does not become live. */
  ensure(writer: Writer, desired: Desired, run: StepRun): Promise<Observed>;
  /** Removes it; not being there is success. */
  remove(writer: Writer, target: Target, run: StepRun): Promise<void>;
  /** Puts an earlier deployment back without building; undefined when it is no longer kept, so that it must be made anew. */
  rollback?(writer: Writer, target: Target, deployment: string, run: StepRun): Promise<Observed | undefined>;
  /** The newest lines, oldest first. */
  logs?(reader: Reader, target: Target, options: { lines: number }): Promise<string[]>;
  /** Everything of this kind in the account, whoever made it, for `flotilla import`. No value of a secret is in it. */
  survey?(reader: Reader): Promise<Found[]>;
  /**
   * Marks what exists under the target's identity as ours, and stops what would deploy it behind the plan's back; deploys nothing
   * where the provider has another way. Idempotent. ConflictError when it bears another mark or is gone.
   */
  adopt?(writer: Writer, desired: Desired, run: StepRun): Promise<Observed>;
  /** What `adopt` does that its users may notice, such as a restart: said before anybody agrees to it. */
  adopting?: string;
  /** Why nothing of this kind can be imported; where it is absent there are `survey` and `adopt`. */
  noImport?: string;
}

/** Something in an account that may be imported. */
export interface Found {
  id: string;
  /** Its name at the provider, by which it is found from then on. */
  name: string;
  url?: string;
  /** Whose it is by its mark, if it bears one. */
  owner: Owner | null;
  /** What it is, in the words of `flotilla.yml`; what is default is left out. */
  settings: JsonObject;
  /** Of what the provider builds from git: the commit that runs. */
  commit?: string;
  /** What runs is not told, so that nobody knows whether it is what `settings` describe: why. */
  untold?: string;
  /** Settings that `settings` could not take, each with why. */
  left: { setting: string; because: string }[];
  /** Why it cannot be adopted. */
  cannot?: string;
}

export type Owner = Pick<Target, 'fleet' | 'environment' | 'address'>;

export interface Scope {
  fleet: string;
  environment: string;
  /** Names to look for, each with the address that it stands for: how a foreign resource of the same name is recognised. */
  identities: ReadonlyMap<string, Address>;
}

/** What a running step may tell and must heed. */
export interface StepRun {
  progress(message: string): void;
  signal: AbortSignal;
}
