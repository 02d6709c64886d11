import type { ConfigCache } from './config/remembered.ts';
import type { BuiltImages } from './model/built-image.ts';
import type { Clock } from './model/clock.ts';
import type { OnProgress } from './model/outcome.ts';
import type { JsonObject } from './model/resource.ts';
import type { SourceFolders } from './model/source.ts';
import type { Account, Provider } from './provider-kit/provider.ts';
import type { Keyring } from './secrets/keyring.ts';
import type { Vault } from './secrets/vault.ts';
import type { Permission } from './model/policy.ts';
import type { Store } from './record/store.ts';
import type { RenderReadme } from './record/write-state.ts';

/** What the engine needs from outside. The entry points (CLI, Action, App) and tests assemble it; the engine reads no environment. */
export interface Ports {
  store: Store;
  /** Remembers the config between runs; absent where nothing lasts. */
  configCache?: ConfigCache | undefined;
  /** Files of a git tree, for providers that build or serve them. */
  sources: SourceFolders;
  /** What the workflow built before this run. */
  images: BuiltImages;
  providers: ProviderRegistry;
  /** Everything an account needs but its signal and delay, which the run adds. */
  account(name: string, options: JsonObject, provider: Provider): Omit<Account, 'signal' | 'delay'>;
  /** Accounts that a health run does not ask yet, and until when: their circuits are open. ISO 8601. */
  resting?: ReadonlyMap<string, string> | undefined;
  /** Secret values by name, and the mask over all of them. */
  vault: Vault;
  /** What opens sealed secrets; without a key in it for whoever only plans. */
  keyring: Keyring;
  /** Whether this machine is lent for one job only, as GitHub's own runners are. */
  hostedRunner: boolean;
  clock: Clock;
  signal: AbortSignal;
  onProgress: OnProgress;
  run: RunIdentity;
  /** Who people are on GitHub; absent where there is nobody to ask, as on a machine by itself. */
  people?: People | undefined;
  /** Whether the run behind a lease is still going; undefined when that cannot be known. */
  isRunAlive(run: string): Promise<boolean | undefined>;
  /** The state branch's own README. */
  renderReadme: RenderReadme;
}

export interface ProviderRegistry {
  types: readonly string[];
  load(type: string): Promise<Provider>;
}

/** Who is doing this: for the lease and the journal. */
export interface RunIdentity {
  /** `github:<run id>/<attempt>` or `local:<host>:<pid>:<start>`. */
  run: string;
  actor: string;
}

/** What rules about people are answered from, at the moment of use and only when a rule asks. */
export interface People {
  asker(): Promise<Asker>;
  /** On the repository. */
  permission(login: string): Promise<Permission>;
  /** Of `organization/team`; text: why that cannot be read. */
  isMember(team: string, login: string): Promise<boolean | string>;
}

/** Who set a run off, as the runner or the token tells it. */
export interface Asker {
  login: string;
  /** Set off by the clock: nobody asked for it. */
  scheduled?: boolean;
  /** Others who had a hand in it, such as whose run is run again. */
  others?: readonly string[];
  /** Whom a dispatch says that it is for; believed of the App that the policy names. */
  onBehalfOf?: string | undefined;
  /** What set it off, in GitHub's words: `push`, `workflow_dispatch`. */
  event?: string | undefined;
}
