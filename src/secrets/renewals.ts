import type { Config } from '../model/config.ts';
import { SHARED_SECRETS } from '../model/secret-files.ts';
import {
  issuedAs,
  numberOf,
  referenceTo,
  SEALED_VALUE,
  secretAddress,
  secretName,
  type OverdueSecret,
  type Renewal,
} from '../model/renewal.ts';
import type { Address } from '../model/resource.ts';
import { accountOf, endsValues, type SecretConfig } from '../model/secret-config.ts';
import type { InstanceState, RecordedState } from '../model/state.ts';
import { plural } from '../model/words.ts';
import { ageOf, isOverdue, rotationOf } from './secret-age.ts';
import type { SealedSecrets } from './sealed-secrets.ts';

export interface RenewalInput {
  config: Pick<Config, 'secrets' | 'environments' | 'position'>;
  recorded: Pick<RecordedState, 'secrets' | 'resources'>;
  sealed: Pick<SealedSecrets, 'secrets' | 'versions'>;
  /** Names of the secrets that the environment's resources use, and its accounts. */
  used: ReadonlySet<string>;
  now: Date;
  /** Which may be issued anew now: those that are due, none, or, however old, these. */
  due: boolean;
  only?: ReadonlySet<Address> | undefined;
  /** To be issued anew whatever their age. */
  again: ReadonlySet<Address>;
}

/** One value of a secret that is there. */
interface Value {
  name: string;
  /** ISO 8601. */
  changed: string;
}

/**
 * Which value each secret that the fleet issues shall have, and which earlier ones are still to be ended. Of the sealed value
 * and the issued ones the newest counts: whoever set it last meant it. Pure.
 */
export function renewals(input: RenewalInput): Renewal[] {
  const issued = Object.entries(input.config.secrets).filter(([name, { issue }]) => issue && input.used.has(name));
  const known = new Set(issued.map(([name]) => secretAddress(name)));
  const left = [...input.recorded.secrets.keys()].filter((address) => !known.has(address));
  return [
    ...issued.map(([name, config]) => renewal(name, config, input)),
    ...left.map((address) => gone(address, input)),
  ];
}

function renewal(name: string, { rotateSeconds, issue }: SecretConfig, input: RenewalInput): Renewal {
  const { config, recorded, sealed, now, due, only, again } = input;
  const address = secretAddress(name);
  const instances = recorded.secrets.get(address)?.instances ?? {};
  const values = valuesOf(instances);
  const inFile = sealed.secrets.get(name);
  const word = sealed.versions.get(name);
  const ended = instances[SEALED_VALUE];
  // One that was ended stays in the file, and in the history of the repository.
  if (inFile && !(ended?.phase === 'removed' && ended.hash === word))
    values.push({ name: SEALED_VALUE, changed: inFile.changed });
  const [current] = values.toSorted((a, b) => (a.changed < b.changed ? 1 : -1));
  const because =
    current === undefined
      ? 'it has no value yet'
      : again.has(address)
        ? 'asked for'
        : rotateSeconds !== undefined && ageOf(current, now) > rotateSeconds
          ? `its value is of ${current.changed.slice(0, 10)}, and may be ${inDays(rotateSeconds)} old`
          : undefined;
  // A new value would deploy what somebody has rolled back from.
  const held = current && !again.has(address) ? rolledBack(name, recorded) : undefined;
  const isNow = because !== undefined && held === undefined && due && (only === undefined || only.has(address));
  const use = isNow ? nextOf(instances) : current?.name;
  // Other environments may be given the same.
  const isShared = inFile?.file.path === SHARED_SECRETS && Object.keys(config.environments).length > 1;
  const there = Object.keys(instances).filter((value) => instances[value]?.phase !== 'removed');
  const others = new Set([...there, ...values.map((value) => value.name)]);
  if (use !== undefined) others.delete(use);
  const revokes = issue !== undefined && endsValues(issue);
  const keeps = isShared && revokes && others.delete(SEALED_VALUE);
  const account = issue && accountOf(issue);
  return {
    address,
    position: config.position(`secrets.${name}`),
    ...(use === undefined ? {} : { use }),
    ...(current ? { age: { changed: current.changed } } : {}),
    ...(because === undefined ? {} : held === undefined ? { due: because } : { waits: held }),
    ...(Object.values(instances).some(({ error }) => error !== undefined) ? { failed: true } : {}),
    ...(isNow ? { issue: { because, ...(current ? { from: current.name } : {}) } } : {}),
    old: [...others].toSorted((a, b) => numberOf(a) - numberOf(b)),
    ...(keeps ? { keeps: `the value in ${SHARED_SECRETS} is not ended, because other environments may use it` } : {}),
    revokes,
    ...(account === undefined ? {} : { account }),
    graceSeconds: revokes ? issue.graceSeconds : 0,
  };
}

/** What uses a secret and stays at an earlier version until the config changes. */
function rolledBack(name: string, { resources }: RenewalInput['recorded']): Address | undefined {
  const found = [...resources].find(([, { instances }]) =>
    Object.values(instances).some(
      ({ heldBack, references }) => heldBack !== undefined && Object.hasOwn(references, referenceTo(name)),
    ),
  );
  return found?.[0];
}

/** The config does not issue it any more, or nothing uses it: what is left of it goes once nothing runs with it. */
function gone(address: Renewal['address'], { config, recorded }: RenewalInput): Renewal {
  const revoke = config.secrets[secretName(address)]?.issue?.revoke;
  const instances = recorded.secrets.get(address)?.instances ?? {};
  const old = Object.keys(instances).filter((value) => instances[value]?.phase !== 'removed');
  return {
    address,
    old: old.toSorted((a, b) => numberOf(a) - numberOf(b)),
    revokes: revoke !== undefined,
    graceSeconds: 0,
  };
}

/** Values that were issued and kept. */
function valuesOf(instances: Readonly<Record<string, InstanceState>>): Value[] {
  return Object.entries(instances).flatMap(([name, { id, phase, deployments }]) =>
    name === SEALED_VALUE || id === null || phase === 'removed' ? [] : [{ name, changed: deployments[0]?.at ?? '' }],
  );
}

/** One that a run began and could not keep goes on under its name, so that what issues it can tell. */
function nextOf(instances: Readonly<Record<string, InstanceState>>): string {
  const last = Math.max(0, ...Object.keys(instances).map(numberOf));
  const { id, phase } = instances[`v${last}`] ?? {};
  return id === null && phase !== 'removed' ? `v${last}` : `v${last + 1}`;
}

/** Which value each secret has from this plan on, in words: what is sealed, and over it what is issued. */
export function versionsInUse(
  { versions }: Pick<SealedSecrets, 'versions'>,
  all: readonly Renewal[],
): ReadonlyMap<string, string> {
  const issued = all.flatMap(({ address, use }): [string, string][] =>
    use === undefined || use === SEALED_VALUE ? [] : [[secretName(address), issuedAs(use)]],
  );
  return new Map([...versions, ...issued]);
}

/**
 * Secrets that are older than they may be: those that a person has to replace, and those that should have been issued anew and
 * were not. Those that nothing uses count as well.
 */
export function overdue(
  { config, sealed, now }: Pick<RenewalInput, 'config' | 'sealed' | 'now'>,
  all: readonly Renewal[],
): OverdueSecret[] {
  const byHand = [...sealed.secrets].flatMap(([name, secret]): OverdueSecret[] => {
    const { rotateSeconds, issue } = config.secrets[name] ?? {};
    const limit = rotateSeconds ?? rotationOf(secret);
    if (issue || limit === undefined || !isOverdue(secret, now, limit)) return [];
    const { file, changed } = secret;
    const line = [...file.secrets.keys()].indexOf(name) + 1;
    const position =
      rotateSeconds === undefined ? { file: file.path, line, column: 1 } : config.position(`secrets.${name}`);
    return [{ ...late(name, changed, limit), mend: `make a new one, then flotilla secret set ${name}`, position }];
  });
  const byItself = all.flatMap(({ address, age, failed, position }): OverdueSecret[] => {
    const name = secretName(address);
    const { rotateSeconds = Infinity } = config.secrets[name] ?? {};
    const patience = failed ? PATIENCE.tried : PATIENCE.untried;
    if (!age || !position || ageOf(age, now) <= rotateSeconds + patience) return [];
    return [
      { ...late(name, age.changed, rotateSeconds), mend: 'see in the last apply why it was not issued anew', position },
    ];
  });
  return [...byHand, ...byItself];
}

/** Seconds that the fleet has to issue a secret anew before somebody is told: when it tried and failed, and when no run tried. */
const PATIENCE = { tried: 86_400, untried: 7 * 86_400 };

function late(name: string, changed: string, limit: number): Pick<OverdueSecret, 'name' | 'since' | 'because'> {
  return {
    name,
    since: new Date(Date.parse(changed) + limit * 1000).toISOString(),
    because: `its value is of ${changed.slice(0, 10)}, and may be ${inDays(limit)} old`,
  };
}

function inDays(seconds: number): string {
  const days = seconds / 86_400;
  return Number.isInteger(days) ? plural(days, 'day') : `${seconds} s`;
}
