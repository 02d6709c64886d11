import { onTestFinished } from 'vitest';
import { digest } from '../../src/model/canonical.ts';
import type { Address, JsonObject, Kind } from '../../src/model/resource.ts';
import type { Example, Harness, World } from '../../src/provider-kit/conformance.ts';
import type { FakeServer } from '../../src/provider-kit/fake-server.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type {
  Account,
  Desired,
  Handler,
  Observed,
  Provider,
  Scope,
  StepRun,
  Target,
} from '../../src/provider-kit/provider.ts';
import { withRetries } from '../../src/provider-kit/retry.ts';
import { createVault, type Vault } from '../../src/secrets/vault.ts';
import { withAccountEach } from './account-each.ts';
import { folderOf } from './source-folder.ts';
import { holdToSpecification } from './specifications.ts';

/** One provider's world with one kind in it, and everything that a case needs to say what it means in few words. */
export interface Setting {
  kind: Kind;
  /** Whom what is made belongs to. */
  owner: { fleet: string; environment: string };
  example: Example;
  world: World;
  provider: Provider;
  handler: Handler;
  /** The fake server; fails where there is none, because such a case has to be skipped with a reason. */
  server: FakeServer;
  reader: unknown;
  writer: unknown;
  run: StepRun;
  /** What the provider told while it worked. */
  told: string[];
  account: Account;
  /** Secrets that the run knows besides those of the account, and the mask over them. */
  vault: Vault;
  /** Ends the run, as an interruption does. */
  interrupt(): void;
  target(name?: string): Target;
  desired(name?: string, spec?: JsonObject): Desired;
  scope(...names: string[]): Scope;
  ensure(desired?: Desired): Promise<Observed>;
  /** `ensure` as apply calls it: transient errors are tried again. */
  ensureWithRetries(desired?: Desired): Promise<Observed>;
  read(name?: string): Promise<Observed | undefined>;
  list(...names: string[]): Promise<Observed[]>;
  remove(name?: string): Promise<void>;
  /** Calls so far that could change something; none where there is no server. */
  writes(): number;
}

/** Under which names and marks things are made. */
export interface Whose {
  fleet: string;
  environment: string;
  /** Fleet whose names are used, where that is not its own: as somebody who wants what is another's. */
  named?: string;
  /** Ends the name of every resource, so that runs at one account keep out of each other's way. */
  suffix: string;
  commit: string;
}

const ACME: Whose = { fleet: 'acme', environment: 'production', suffix: '', commit: 'c'.repeat(40) };

export async function settingOf(
  harness: Harness,
  kind: Kind,
  { whose = ACME, ...options }: { pageSize?: number; whose?: Whose } = {},
): Promise<Setting> {
  const { fleet, named = fleet, environment, suffix, commit } = whose;
  const world = await harness.start(options);
  onTestFinished(() => world.stop());
  holdToSpecification(harness, world.server);
  const { provider } = harness;
  const stop = new AbortController();
  const vault = createVault(() => undefined);
  const account: Account = { name: provider.type, signal: stop.signal, mask: vault.mask, ...world.account };
  const [reader, writer] = [provider.reader(account), provider.writer(account)];
  const only = need(provider.handlers[kind], `a handler for ${kind}`);
  const handler = world.accountOf ? withAccountEach(provider, only, account, world.accountOf) : only;
  const example = need(harness.examples[kind], `an example of a ${kind}`);
  const told: string[] = [];
  const run: StepRun = { signal: stop.signal, progress: (message) => told.push(message) };

  const target = (name = 'main'): Target => {
    const address: Address = `${kind}/${name}${suffix}`;
    return { ...targetOf(fleet, environment, address), identity: targetOf(named, environment, address).identity };
  };
  const desired = (name = 'main', spec = example.spec): Desired => {
    const source = example.files ? { source: folderOf(example.files) } : {};
    return { ...target(name), spec, hash: digest(spec), replicas: 1, commit, ...source };
  };
  const scope = (...names: string[]): Scope => {
    const identities = new Map(names.map((name) => [target(name).identity, target(name).address]));
    return { fleet, environment, identities };
  };
  const ensure = (wanted = desired()) => handler.ensure(writer, wanted, run);
  const patience = { delay: account.delay, random: () => 0, signal: stop.signal };
  return {
    kind,
    owner: { fleet, environment },
    example,
    world,
    provider,
    handler,
    reader,
    writer,
    run,
    told,
    account,
    vault,
    target,
    desired,
    scope,
    ensure,
    get server() {
      return need(world.server, 'a server');
    },
    interrupt: () => stop.abort(),
    ensureWithRetries: (wanted) => withRetries(() => ensure(wanted), patience),
    read: (name) => handler.read(reader, target(name)),
    list: async (...names) => {
      const found = await handler.list(reader, scope(...names));
      return found.filter(({ address }) => address.endsWith(suffix));
    },
    remove: (name) => handler.remove(writer, target(name), run),
    writes: () => (world.server?.calls ?? []).filter(({ write }) => write).length,
  };
}

/** What a case cannot do without: a harness that has none must skip the case and say why. */
export function need<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw new Error(`the harness has no ${what.replace(/^an? /, '')}: add it, or skip the case with a reason`);
  return value;
}
