import { mayAskPrivate } from '../judge-policy.ts';
import { targetsOf, type AccountTraits } from '../health/targets.ts';
import type { Fact } from '../health/outages.ts';
import type { Config, ResourceConfig } from '../model/config.ts';
import type { HealPolicy, ProbeTarget } from '../model/health.ts';
import type { IncidentSubject } from '../model/incident.ts';
import { address, KINDS, SECTION, type Address, type Kind } from '../model/resource.ts';
import type { OverdueSecret } from '../model/renewal.ts';
import type { RecordedState } from '../model/state.ts';
import { secretsIn } from '../model/template.ts';
import type { Ports } from '../ports.ts';
import type { Snapshot } from '../record/store.ts';
import { wakeSecondsOf } from '../provider-kit/wakes.ts';
import { lookingAt, secretsInUse } from '../secrets-in-use.ts';

/** What of an environment is watched, and what the config says is to be done about it. */
export interface Watched {
  targets: ProbeTarget[];
  /** By resource and by `provider/<account>`. */
  facts: Map<IncidentSubject, Fact>;
  policies: Map<Address, HealPolicy>;
  /** Resources whose drift is repaired, not only told. */
  repaired: Set<Address>;
  /** Secrets that are older than they may be. */
  overdue: readonly OverdueSecret[];
  /** What cannot be watched, and why. */
  notes: string[];
}

interface Watching {
  environment: string;
  config: Config;
  resources: Record<Kind, Record<string, ResourceConfig>>;
  snapshot: Snapshot;
  recorded: RecordedState;
  /** `public`: nothing on the network of this machine may be asked. */
  reach?: 'public' | undefined;
}

/** Loads the accounts' providers to know whose addresses are private and where services sleep, and opens the secrets that checks name. */
export async function whatIsWatched(
  { environment, config, resources, snapshot, recorded, reach }: Watching,
  ports: Ports,
): Promise<Watched> {
  const looked = { request: lookingAt(environment), issues: false, config, resources, recorded };
  const secrets = secretsInUse({ ...looked, snapshot }, ports);
  await secrets.openNamed(
    secretsIn([
      Object.values(resources)
        .flatMap(Object.values)
        .map(({ watch }) => watch ?? null),
      config.incidents.webhook ?? null,
    ]),
  );
  const { targets, unasked } = targetsOf({
    resources,
    recorded,
    accounts: await traitsOf(config, ports),
    allowPrivate: reach !== 'public' && (await mayAskPrivate(config, snapshot)),
    secret: (name) => ports.vault.secret(name),
  });
  const watched: Watched = {
    targets: targets.filter((target) => !isLeftBehind(target, recorded)).map((target) => reached(target, reach)),
    facts: new Map(),
    policies: new Map(),
    repaired: new Set(),
    overdue: secrets.overdue,
    notes: unasked.map(({ resource, because }) => `${resource} is not watched by this run: ${because}`),
  };
  for (const account of Object.keys(config.providers))
    watched.facts.set(`provider/${account}`, {
      dependsOn: [],
      position: config.position(`providers.${account}`, environment),
    });
  for (const kind of KINDS)
    for (const [name, { failover, drift = config.drift }] of Object.entries(resources[kind])) {
      const resource = address(kind, name);
      const position = config.position(`${SECTION[kind]}.${name}`, environment);
      watched.facts.set(resource, { dependsOn: recorded.resources.get(resource)?.dependsOn ?? [], position });
      if (failover) watched.policies.set(resource, failover);
      if (drift === 'repair') watched.repaired.add(resource);
    }
  return watched;
}

async function traitsOf({ providers }: Config, ports: Ports): Promise<Map<string, AccountTraits>> {
  const known = Object.entries(providers).filter(([, { type }]) => ports.providers.types.includes(type));
  const traits = known.map(async ([name, { type, options }]): Promise<[string, AccountTraits]> => {
    const provider = await ports.providers.load(type);
    return [name, { private: provider.addresses === 'private', wakeSeconds: wakeSecondsOf(provider, options) }];
  });
  return new Map(await Promise.all(traits));
}

/** What runs on this machine or network is not asked by a prober that stands elsewhere. */
function reached(target: ProbeTarget, reach: 'public' | undefined): ProbeTarget {
  if (reach !== 'public' || !target.private) return target;
  return { ...target, unasked: 'its address may be one that is known where it runs only' };
}

/** What a failover left behind, and could not remove yet, is asked no more once the resource runs elsewhere. */
function isLeftBehind({ resource, provider }: ProbeTarget, { resources, health }: RecordedState): boolean {
  if (!health?.avoid[resource]?.some((avoided) => avoided.provider === provider)) return false;
  const others = Object.entries(resources.get(resource)?.instances ?? {}).filter(([name]) => name !== provider);
  return others.some(([, { id, hash, intent }]) => id !== null && hash !== null && intent === undefined);
}
