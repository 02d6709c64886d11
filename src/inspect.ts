import { secretOutputs, type OutputSeal } from './apply/apply-input.ts';
import { connect } from './connect.ts';
import { readConfig } from './config/read-config.ts';
import { ConflictError, UnsupportedError } from './model/errors.ts';
import type { Incident } from './model/incident.ts';
import { parseAddress, type Address } from './model/resource.ts';
import { eachTemplate, referencesIn, secretsIn } from './model/template.ts';
import type { Event, RecordedState } from './model/state.ts';
import type { Verification } from './model/verification.ts';
import type { Ports } from './ports.ts';
import { handlerOf, readerOf, type Connections } from './provider-kit/connection.ts';
import { targetOf } from './provider-kit/identity.ts';
import { foldState } from './record/fold.ts';
import { incidentOf } from './record/fold-health.ts';
import { history as journal } from './record/journal.ts';
import { closedIncidentsFolder } from './record/state-paths.ts';
import { verifyHistory as verify, type VerifyOptions } from './record/verify-history.ts';
import { lookingAt, secretsInUse } from './secrets-in-use.ts';

/** What the record says of an environment. */
export async function status(
  environment: string,
  { store }: Ports,
): Promise<RecordedState & { environments: string[] }> {
  const state = await store.readState(environment, 'all');
  return { ...foldState(state.files, environment), environments: state.environments };
}

/** The journal of an environment, oldest first. */
export function history(environment: string, { store }: Ports): Promise<Event[]> {
  return journal(store, environment);
}

/** Whether the state branch is what Flotilla's own writes made of it. Errors as `verifyHistory` of the record. */
export function verifyHistory(options: VerifyOptions, { store }: Ports): Promise<Verification> {
  return verify(store, options);
}

/** Incidents that were closed in a month, `2026-11`, oldest first. */
export async function closedIncidents(environment: string, month: string, { store }: Ports): Promise<Incident[]> {
  const files = await store.readFolder(`${closedIncidentsFolder(environment)}/${month}`);
  const found = [...files].filter(([path]) => path.endsWith('.json')).map(([path, text]) => incidentOf(path, text));
  return found.toSorted((a, b) => (a.began < b.began ? -1 : a.began > b.began ? 1 : 0));
}

/** The newest lines of a resource's log, one list an account that holds it. Masked. */
export async function logs(
  {
    address,
    environment,
    commit,
    lines,
  }: { address: Address; environment: string; commit: string | null; lines: number },
  ports: Ports,
): Promise<{ provider: string; lines: string[] }[]> {
  const snapshot = await ports.store.read({ commit, environment });
  const recorded = foldState(snapshot.state.files, environment);
  const instances = recorded.resources.get(address)?.instances;
  if (!instances)
    throw new ConflictError(`${address} is not deployed in ${environment}`, { mend: 'flotilla status lists what is' });
  // A resource may print what it was given.
  const config = await readConfig(snapshot.config);
  const asked = { request: lookingAt(environment), issues: false, config, resources: instances, recorded };
  const secrets = secretsInUse({ ...asked, snapshot }, ports);
  await secrets.openNamed(secretsIn(instances));
  const connections = await connect(config, ports, secrets.openNamed);
  await learnReferred(instances, recorded, connections, secrets.seal, ports);
  return Promise.all(
    Object.keys(instances).map(async (provider) => {
      const connection = connections.get(provider);
      const kind = parseAddress(address)?.kind;
      const handler = connection && kind && handlerOf(connection, kind);
      if (!handler?.logs) throw new UnsupportedError(`${provider} gives no logs of a ${kind}`);
      const target = targetOf(recorded.environment?.fleet ?? '', environment, address, instances[provider]?.name);
      const found = await handler.logs(readerOf(connection as never), target, { lines });
      return { provider, lines: ports.vault.maskDeep(found) };
    }),
  );
}

/** Secret outputs that a resource was given by others: asked of their providers, or opened where they are told once. Those that nobody tells now stay unknown. */
async function learnReferred(
  instances: unknown,
  { environment, resources }: RecordedState,
  connections: Connections,
  seal: OutputSeal | undefined,
  { vault }: Ports,
): Promise<void> {
  const referred = new Set<Address>();
  eachTemplate(instances, (text) => {
    for (const reference of referencesIn(text)) if (reference.type === 'output') referred.add(reference.address);
  });
  const holding = [...referred].flatMap((address) =>
    Object.entries(resources.get(address)?.instances ?? {}).map(([account, { name, sealed }]) => {
      const connection = connections.get(account);
      const kind = parseAddress(address)?.kind;
      const handler = connection && kind && handlerOf(connection, kind);
      const target = targetOf(environment?.fleet ?? '', environment?.environment ?? '', address, name);
      const told = handler?.read(readerOf(connection as never), target);
      return { address, asked: [told?.then((found) => found?.outputs), sealed && seal?.open(sealed)] };
    }),
  );
  for (const { address, asked } of holding)
    for (const answer of await Promise.allSettled(asked))
      if (answer.status === 'fulfilled')
        for (const value of Object.values(secretOutputs(address, answer.value || {}))) vault.learn(value);
}
