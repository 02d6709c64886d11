import { connect } from './connect.ts';
import { readConfig } from './config/read-config.ts';
import { ConflictError, UnsupportedError } from './model/errors.ts';
import type { Incident } from './model/incident.ts';
import { parseAddress, type Address } from './model/resource.ts';
import { secretsIn } from './model/template.ts';
import type { Event, RecordedState } from './model/state.ts';
import type { Verification } from './model/verification.ts';
import type { Ports } from './ports.ts';
import { handlerOf, readerOf } from './provider-kit/connection.ts';
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
  const connections = await connect(config, ports, secrets.sealed);
  return Promise.all(
    Object.keys(instances).map(async (provider) => {
      const connection = connections.get(provider);
      const kind = parseAddress(address)?.kind;
      const handler = connection && kind && handlerOf(connection, kind);
      if (!handler?.logs) throw new UnsupportedError(`${provider} gives no logs of a ${kind}`);
      const target = targetOf(recorded.environment?.fleet ?? '', environment, address, instances[provider]?.name);
      const found = await handler.logs(readerOf(connection as never), target, { lines });
      return { provider, lines: found.map(ports.vault.mask) };
    }),
  );
}
