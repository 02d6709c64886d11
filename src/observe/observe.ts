import { ConflictError, failureOf, TransientError } from '../model/errors.ts';
import { instanceId, type Placement } from '../model/graph.ts';
import type { Observation, Observed } from '../model/observation.ts';
import { parseAddress, type Address, type Kind } from '../model/resource.ts';
import type { RecordedState } from '../model/state.ts';
import { handlerOf, readerOf, type Connection, type Connections } from '../provider-kit/connection.ts';
import { identity } from '../provider-kit/identity.ts';
import type { Scope } from '../provider-kit/provider.ts';
import { withRetries, type RetryOptions } from '../provider-kit/retry.ts';

export interface ObserveInput {
  fleet: string;
  environment: string;
  placement: Placement;
  recorded: RecordedState;
  connections: Connections;
  retry: RetryOptions;
}

/** Asks every account that holds or shall hold something, one listing a kind. An account that cannot answer is unread, not empty. TransientError when interrupted. */
export async function observe(input: ObserveInput): Promise<Observation> {
  const observation: Observation = { basis: 'live', instances: new Map(), foreign: new Map(), unread: new Map() };
  await Promise.all(
    [...wanted(input)].map(async ([account, byKind]) => {
      const connection = input.connections.get(account);
      try {
        if (!connection)
          throw new ConflictError(`resources are recorded at "${account}", which the config no longer has`, {
            mend: `keep "${account}" under providers: until what it holds is deleted`,
          });
        for (const observed of await listAll(connection, byKind, input)) sort(observed, account, input, observation);
      } catch (error) {
        observation.unread.set(account, failureOf(error));
      }
    }),
  );
  // What was not asked because we were told to stop is no news of a provider.
  const { signal } = input.retry;
  if (signal.aborted)
    throw new TransientError('interrupted while the providers were asked', {
      cause: signal.reason,
      mend: 'nothing was changed; run it again',
    });
  return observation;
}

/** Pull requests from forks and the App have no credentials: the record stands in for the providers. */
export function observeRecorded(recorded: RecordedState): Observation {
  const instances: Observation['instances'] = new Map();
  const owner = { fleet: recorded.environment?.fleet ?? '', environment: recorded.environment?.environment ?? '' };
  for (const [address, resource] of recorded.resources)
    for (const [account, { id, hash, phase, outputs }] of Object.entries(resource.instances))
      if (id !== null)
        instances.set(instanceId(address, account), { id, address, owner, hash, phase, outputs, attributes: {} });
  return { basis: 'recorded', instances, foreign: new Map(), unread: new Map() };
}

type ByKind = Map<Kind, Set<Address>>;

/** Which addresses to look for, by account and kind: where they shall be and where they were. */
function wanted({ placement, recorded }: ObserveInput): Map<string, ByKind> {
  const accounts = new Map<string, ByKind>();
  const add = (address: Address, account: string) => {
    const kind = parseAddress(address)?.kind as Kind;
    const byKind = accounts.get(account) ?? accounts.set(account, new Map()).get(account)!;
    (byKind.get(kind) ?? byKind.set(kind, new Set()).get(kind)!).add(address);
  };
  for (const [address, assignments] of placement) for (const { provider } of assignments) add(address, provider);
  for (const [address, { instances }] of recorded.resources)
    for (const account of Object.keys(instances)) add(address, account);
  return accounts;
}

async function listAll(connection: Connection, byKind: ByKind, input: ObserveInput): Promise<Observed[]> {
  const { retry } = input;
  const { account } = connection;
  const reader = readerOf(connection);
  const lists = [...byKind].map(async ([kind, addresses]) => {
    const handler = handlerOf(connection, kind);
    const scope = scopeOf(input, account.name, addresses);
    return handler ? withRetries(() => handler.list(reader, scope), retry) : [];
  });
  return (await Promise.all(lists)).flat();
}

function scopeOf(
  { fleet, environment, recorded }: ObserveInput,
  account: string,
  addresses: ReadonlySet<Address>,
): Scope {
  const nameOf = (address: Address) =>
    recorded.resources.get(address)?.instances[account]?.name ?? identity(fleet, environment, address);
  let identities: ReadonlyMap<string, Address> | undefined;
  return {
    fleet,
    environment,
    get identities() {
      return (identities ??= new Map([...addresses].map((address) => [nameOf(address), address])));
    },
  };
}

function sort(observed: Observed, account: string, { fleet, environment }: ObserveInput, into: Observation): void {
  const id = instanceId(observed.address, account);
  const ours = observed.owner?.fleet === fleet && observed.owner.environment === environment;
  if (!ours) into.foreign.set(id, observed);
  else if (into.instances.has(id))
    throw new ConflictError(
      `${account} has two resources marked as ${observed.address} (${into.instances.get(id)?.id}, ${observed.id})`,
      {
        mend: 'remove the one that does not serve',
      },
    );
  else into.instances.set(id, observed);
}
