import { join } from 'node:path';
import { imageVariable } from './model/built-image.ts';
import type { Clock } from './model/clock.ts';
import type { OnProgress } from './model/outcome.ts';
import type { SourceFolders } from './model/source.ts';
import { OWN_VARIABLE } from './model/template.ts';
import type { People, Ports, ProviderRegistry, RunIdentity } from './ports.ts';
import { registry } from './providers/registry.gen.ts';
import type { IsRunAlive } from './record/lease.ts';
import type { Store } from './record/store.ts';
import { renderStateReadme } from './report/state-readme.ts';
import { createKeyring } from './secrets/keyring.ts';
import { createVault } from './secrets/vault.ts';

/** What the entry points know of the world and hand in, so that nothing below reads it by itself. */
export interface World {
  /** The environment of the process: credentials and secrets come from here. */
  env: Record<string, string | undefined>;
  /** GitHub as this run reaches it: for accounts that are there, where the environment itself has no `GITHUB_TOKEN`. */
  github?: { token?: string | undefined; apiUrl?: string | undefined };
  /** The user's home folder. */
  home: string;
  /** Where a person's identity lies, which opens sealed secrets; absent where nobody has one. */
  identityFile?: string;
  signal: AbortSignal;
  onProgress?: OnProgress;
  clock?: Clock;
}

/** A store with who is asking: what differs between a local repository and one on GitHub. */
export interface Repository {
  /** `owner/name`, where it is on GitHub. */
  fullName?: string;
  store: Store;
  sources: SourceFolders;
  run: RunIdentity;
  people?: People;
  isRunAlive: IsRunAlive;
}

/** The engine's ports for one run. */
export function assemble(world: World, { fullName, ...repository }: Repository): Ports {
  // What is the run's own is none that a config, or the record, may name.
  const vault = createVault((name) => (OWN_VARIABLE.test(name) ? undefined : world.env[name]));
  const { token, apiUrl } = world.github ?? {};
  const ownToken = (): string | undefined => {
    if (token) vault.learn(token);
    return token || undefined;
  };
  const { env, identityFile } = world;
  return {
    ...repository,
    vault,
    keyring: createKeyring({ env, learn: vault.learn, ...(identityFile === undefined ? {} : { identityFile }) }),
    images: (service) => world.env[imageVariable(service)] || undefined,
    providers,
    account: (name, options, { credentials }) => ({
      name,
      options,
      credentials: Object.fromEntries(
        credentials.flatMap(({ variable }) => {
          const value = vault.secret(variable) ?? (variable === 'GITHUB_TOKEN' ? ownToken() : undefined);
          return value === undefined ? [] : [[variable, value]];
        }),
      ),
      home: localHome(world, name),
      mask: vault.mask,
      ...(fullName === undefined ? {} : { repository: fullName }),
      ...(apiUrl ? { githubApi: apiUrl } : {}),
    }),
    hostedRunner: world.env['RUNNER_ENVIRONMENT'] === 'github-hosted',
    clock: world.clock ?? systemClock,
    signal: world.signal,
    onProgress: world.onProgress ?? (() => {}),
    renderReadme: renderStateReadme,
  };
}

export const providers: ProviderRegistry = {
  types: Object.keys(registry),
  load: (type) => (registry[type] as () => Promise<never>)(),
};

/** Where this machine's part of a fleet lives: `FLOTILLA_LOCAL_DIR`, else the XDG state folder. One folder an account. */
function localHome({ env, home }: World, account: string): string {
  const root = env['FLOTILLA_LOCAL_DIR'] ?? join(env['XDG_STATE_HOME'] ?? join(home, '.local', 'state'), 'flotilla');
  return join(root, account);
}

export const systemClock: Clock = {
  now: () => new Date(),
  delay: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: Math.random,
};
