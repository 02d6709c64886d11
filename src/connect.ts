import type { Config, ProviderConfig } from './model/config.ts';
import { keptAwake } from './kept-awake.ts';
import { withImage } from './model/built-image.ts';
import { closest } from './model/closest.ts';
import { ConfigError, type Problem } from './model/errors.ts';
import type { Graph, Placement } from './model/graph.ts';
import type { Described, Measure, Offer, Quota } from './model/offer.ts';
import type { Notice } from './model/plan.ts';
import { accountOf } from './model/secret-config.ts';
import type { RecordedState } from './model/state.ts';
import type { Ports } from './ports.ts';
import type { Drift } from './plan/plan-input.ts';
import { handlerOf, type Connection, type Connections } from './provider-kit/connection.ts';
import { targetOf } from './provider-kit/identity.ts';
import type { Provider } from './provider-kit/provider.ts';

/**
 * Loads the providers that the config names, one lazy module each, and checks their options. Credentials are taken from the
 * environment of the run, and else from what `open` lets the vault know by name. Throws every problem at once, and errors as `open`.
 */
export async function connect(
  config: Config,
  ports: Ports,
  open: (names: ReadonlySet<string>) => Promise<void>,
): Promise<Connections> {
  const problems: Problem[] = [];
  await open(await credentialsOf(config, ports));
  const entries = await Promise.all(
    Object.entries(config.providers).map(
      async ([name, { type, options }]): Promise<[string, Connection] | undefined> => {
        const path = `providers.${name}`;
        const report = (at: string, message: string, hint?: string) =>
          problems.push({ position: config.position(at), path: at, message, ...(hint ? { hint } : {}) });
        if (!ports.providers.types.includes(type)) {
          const near = closest(type, ports.providers.types);
          report(
            path,
            `this release has no provider "${type}"`,
            `${near ? `did you mean ${near}? ` : ''}it has ${ports.providers.types.join(', ')}`,
          );
          return undefined;
        }
        const provider = await ports.providers.load(type);
        for (const [key, value] of Object.entries(options)) {
          const option = provider.options[key] ?? (key === 'plan' ? PLAN : undefined);
          const wrong = option?.check(value);
          if (!option)
            report(
              `${path}.${key}`,
              `${type} has no option "${key}"`,
              `it has ${Object.keys(provider.options).join(', ') || 'none'}`,
            );
          else if (wrong) report(`${path}.${key}`, wrong, option.about);
        }
        return [name, await connectionTo(name, config, ports)];
      },
    ),
  );
  const connections = new Map(entries.filter((entry) => entry !== undefined));
  problems.push(...(await notRenewed(connections, config, ports)));
  if (problems.length > 0) throw new ConfigError(problems);
  return connections;
}

/** One account by itself, whose options were checked, with the credentials that the vault knows now. */
export async function connectionTo(name: string, config: Pick<Config, 'providers'>, ports: Ports): Promise<Connection> {
  const { type, options } = config.providers[name] as ProviderConfig;
  const provider = await ports.providers.load(type);
  const account = { ...ports.account(name, options, provider), signal: ports.signal, delay: ports.clock.delay };
  return { account, provider, restsUntil: ports.resting?.get(name) };
}

/** Secrets that an account is to issue whose provider cannot, or whose credential has another name. */
async function notRenewed(connections: Connections, config: Config, { providers }: Ports): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [secret, { issue }] of Object.entries(config.secrets)) {
    const { provider } = connections.get((issue && accountOf(issue)) ?? '') ?? {};
    if (!provider || provider.renewal?.variable === secret) continue;
    const path = `secrets.${secret}.issue.provider`;
    const at = { position: config.position(path), path };
    const { title, renewal } = provider;
    if (renewal) {
      const hint = `call the secret ${renewal.variable}`;
      problems.push({ ...at, message: `${title} renews ${renewal.variable}, not ${secret}`, hint });
      continue;
    }
    const all = await Promise.all(providers.types.map((type) => providers.load(type)));
    const able = all.flatMap((one) => (one.renewal ? [one.title] : []));
    const hint = `these can: ${able.join(', ')}; or say a command`;
    problems.push({ ...at, message: `${title} cannot renew a credential of its own`, hint });
  }
  return problems;
}

/** The variables of all credentials that the accounts may have. */
async function credentialsOf({ providers }: Config, ports: Ports): Promise<Set<string>> {
  const types = new Set(Object.values(providers).map(({ type }) => type));
  const known = [...types].filter((type) => ports.providers.types.includes(type));
  const loaded = await Promise.all(known.map((type) => ports.providers.load(type)));
  return new Set(loaded.flatMap(({ credentials }) => credentials.map(({ variable }) => variable)));
}

/** What the accounts that hold something should be warned of here, and what it costs to keep services awake there; on the line of each. */
export function cautions(connections: Connections, placement: Placement, config: Config, ports: Ports): Notice[] {
  const used = new Set([...placement.values()].flatMap((assignments) => assignments.map(({ provider }) => provider)));
  const warned = [...connections].flatMap(([account, { provider }]) => {
    const message = used.has(account) ? provider.caution?.({ hostedRunner: ports.hostedRunner }) : undefined;
    return message ? [{ message: `${account}: ${message}`, position: config.position(`providers.${account}`) }] : [];
  });
  return [...warned, ...keptAwake(connections, placement, config)];
}

/** Every account may say which plan of its provider it is on: what the provider itself does not ask decides which limits count. */
const PLAN = {
  about: 'the plan of the provider that the account is on',
  check: (value: unknown) => (typeof value === 'string' && value !== '' ? undefined : 'expected the name of a plan'),
};

/** What the accounts offer to placement. */
export function offers(connections: Connections, { providers }: Pick<Config, 'providers'>): Offer[] {
  return [...connections].map(([account, { provider }]) => {
    const { type, title, kinds } = provider;
    const quotas = quotasOf(provider, providers[account]);
    const options = providers[account]?.options ?? {};
    return {
      account,
      type,
      title,
      kinds,
      ...(quotas.length > 0 ? { quotas } : {}),
      ...(provider.refuses ? { refuses: (resource: Described) => provider.refuses?.(resource, options) } : {}),
    };
  });
}

/** The limits that placement counts: those of the account's plan, and what the config says in their stead. */
function quotasOf({ limits = [] }: Provider, config: ProviderConfig | undefined): Quota[] {
  const { limits: own = {}, options = {} } = config ?? {};
  const known = limits.flatMap(({ measure, plan = 'free', amount, each, kinds, source: url, date, confidence }) =>
    measure && plan === (options['plan'] ?? 'free') && (each || !Object.hasOwn(own, measure))
      ? [{ measure, amount, ...(each ? { each } : {}), ...(kinds ? { kinds } : {}), source: { url, date, confidence } }]
      : [],
  );
  const given = Object.entries(own).flatMap(([measure, amount]): Quota[] =>
    typeof amount === 'number' ? [{ measure: measure as Measure, amount, source: 'config' }] : [],
  );
  return [...known, ...given];
}

/** Each handler's own comparison, in the form that the planner takes. */
export function drift(
  connections: Connections,
  { fleet, environment }: Graph,
  recorded: RecordedState,
  commit: string | null,
): Drift {
  return (resource, assignment, { spec, pending }, observed) => {
    const connection = connections.get(assignment.provider);
    const handler = connection && handlerOf(connection, resource.kind);
    if (!handler || pending.length > 0) return [];
    const { replicas, region } = assignment;
    // What was deployed counts, not what was built for this run: that goes out with the next change.
    const { source: before, name } = recorded.resources.get(resource.address)?.instances[assignment.provider] ?? {};
    return handler.diff(
      Object.assign(targetOf(fleet, environment, resource.address, name), {
        spec: withImage(spec, before?.tree === resource.source?.tree ? before : undefined),
        hash: observed.hash ?? '',
        commit,
        replicas,
        ...(region ? { region } : {}),
      }),
      observed,
    );
  };
}
