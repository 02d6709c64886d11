import { readConfig } from './config/read-config.ts';
import type { Config } from './model/config.ts';
import { SEALED_VALUE, numberOf, secretAddress, secretName, type SecretAddress } from './model/renewal.ts';
import type { InstanceState } from './model/state.ts';
import type { Ports } from './ports.ts';
import { foldState } from './record/fold.ts';
import { lookingAt, secretsInUse } from './secrets-in-use.ts';
import { ageOf } from './secrets/secret-age.ts';

/** A value of a secret that the fleet issued itself and that was not ended yet, without the value. */
export interface IssuedSecret {
  name: string;
  environment: string;
  /** `v2`. */
  value: string;
  /** When it was issued, ISO 8601; null where a run died over it. */
  changed: string | null;
  /** Seconds that it may be kept. */
  rotateSeconds: number | null;
  /** Whether it has been kept for longer. */
  overdue: boolean;
}

/** What the record of an environment has of them, by name and newest first. No key is needed. */
export async function issuedSecrets(
  environment: string,
  { secrets }: Pick<Config, 'secrets'>,
  { store, clock }: Ports,
): Promise<IssuedSecret[]> {
  const recorded = foldState((await store.readState(environment, 'all')).files, environment);
  const now = clock.now();
  return [...recorded.secrets].flatMap(([address, { instances }]) => {
    const name = secretName(address);
    const rotateSeconds = secrets[name]?.rotateSeconds ?? null;
    return valuesOf(instances).map(([value, { deployments }], index): IssuedSecret => {
      const changed = deployments[0]?.at ?? null;
      const isOld = changed !== null && rotateSeconds !== null && ageOf({ changed }, now) > rotateSeconds;
      return { name, environment, value, changed, rotateSeconds, overdue: index === 0 && isOld };
    });
  });
}

/** The value in use of one that the fleet issued; undefined where another counts. Errors as `openSealed`. */
export async function issuedValue(
  name: string,
  { environment, commit }: { environment: string; commit: string | null },
  ports: Ports,
): Promise<string | undefined> {
  const snapshot = await ports.store.read({ commit, environment });
  const recorded = foldState(snapshot.state.files, environment);
  const address: SecretAddress = secretAddress(name);
  const kept = recorded.secrets.get(address)?.instances;
  if (!kept || snapshot.config.size === 0) return undefined;
  const config = await readConfig(snapshot.config);
  const asked = { request: lookingAt(environment), issues: false, config, recorded, snapshot };
  const { renewals, seal } = secretsInUse({ ...asked, resources: `\${secret.${name}}` }, ports);
  const { use = SEALED_VALUE } = renewals.find((one) => one.address === address) ?? {};
  const sealed = kept[use]?.sealed;
  return sealed === undefined || !seal ? undefined : (await seal.open(sealed))['value'];
}

function valuesOf(instances: Readonly<Record<string, InstanceState>>): [string, InstanceState][] {
  return Object.entries(instances)
    .filter(([value, { phase }]) => value !== SEALED_VALUE && phase !== 'removed')
    .toSorted(([a], [b]) => numberOf(b) - numberOf(a));
}
