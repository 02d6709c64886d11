import { readConfig } from './config/read-config.ts';
import { connect } from './connect.ts';
import { DEFAULT_ENVIRONMENT, type Config } from './model/config.ts';
import { UnsupportedError } from './model/errors.ts';
import { KINDS, type JsonObject, type Kind } from './model/resource.ts';
import type { Ports } from './ports.ts';
import { readerOf } from './provider-kit/connection.ts';
import type { Found } from './provider-kit/provider.ts';
import { withRetries } from './provider-kit/retry.ts';
import { foldState } from './record/fold.ts';
import { lookingAt, secretsInUse } from './secrets-in-use.ts';

export interface Surveyed extends Found {
  kind: Kind;
}

/** What an account holds, and of which kinds nothing can be imported. */
export interface Survey {
  account: string;
  type: string;
  found: Surveyed[];
  refused: { kind: Kind; because: string }[];
  /** What adopting one of a kind does that its users may notice. */
  effects: Partial<Record<Kind, string>>;
}

/** Config files by path; empty where there is none yet. */
export type ConfigFiles = ReadonlyMap<string, Uint8Array | string>;

/**
 * Everything that an account holds, whoever made it. `account` may be a provider that the config does not name yet; `sealed` are
 * the files of sealed secrets, which may hold its credentials.
 */
export async function survey(
  account: string,
  files: ConfigFiles,
  ports: Ports,
  sealed: ReadonlyMap<string, string> = new Map(),
): Promise<Survey> {
  const known = files.size > 0 ? await readConfig(files) : undefined;
  const type = known?.providers[account]?.type ?? account;
  if (!ports.providers.types.includes(type))
    throw new UnsupportedError(`there is no account and no provider "${account}"`, {
      mend: `it is one of ${[...new Set([...Object.keys(known?.providers ?? {}), ...ports.providers.types])].join(', ')}`,
    });
  const config = known ?? (await readConfig(new Map([['flotilla.yml', 'fleet: none']])));
  const only: Config = { ...config, providers: { [account]: known?.providers[account] ?? { type, options: {} } } };
  // A credential that the fleet issued itself is in the record.
  const state = await ports.store.readState(DEFAULT_ENVIRONMENT, 'all');
  const recorded = foldState(state.files, DEFAULT_ENVIRONMENT);
  const asked = { request: lookingAt(DEFAULT_ENVIRONMENT), issues: false, config: only, resources: {}, recorded };
  const { openNamed } = secretsInUse({ ...asked, snapshot: { sealed } }, ports);
  const connection = (await connect(only, ports, openNamed)).get(account)!;
  const { handlers } = connection.provider;
  const retry = { delay: ports.clock.delay, random: ports.clock.random, signal: ports.signal };
  const open = KINDS.flatMap((kind) => {
    const handler = handlers[kind];
    return handler?.survey ? [{ kind, ask: () => handler.survey!(readerOf(connection)) }] : [];
  });
  const found = open.map(async ({ kind, ask }) =>
    (await withRetries(ask, retry)).map((one): Surveyed => ({ ...withoutOddNames(one), kind })),
  );
  const refused = KINDS.flatMap((kind) => {
    const because = handlers[kind]?.noImport;
    return because === undefined ? [] : [{ kind, because }];
  });
  const effects = Object.fromEntries(
    KINDS.flatMap((kind) => {
      const { adopting } = handlers[kind] ?? {};
      return adopting === undefined ? [] : [[kind, adopting]];
    }),
  );
  return { account, type, found: (await Promise.all(found)).flat(), refused, effects };
}

/** Names of variables that other hosts allow and the config does not. */
function withoutOddNames(found: Found): Found {
  const { env, ...rest } = found.settings as { env?: JsonObject } & JsonObject;
  const odd = Object.keys(env ?? {}).filter((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (env === undefined || odd.length === 0) return found;
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !odd.includes(name)));
  const because = 'a variable’s name has letters, digits and underscores here';
  return {
    ...found,
    settings: { ...rest, env: kept },
    left: [...found.left, ...odd.map((name) => ({ setting: `env.${name}`, because }))],
  };
}
