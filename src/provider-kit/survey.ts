import { ConflictError } from '../model/errors.ts';
import type { Json, JsonObject } from '../model/resource.ts';
import type { Found, Owner, Target } from './provider.ts';

/** Names whose values are taken for secrets, whatever they hold. */
const SECRET_NAME =
  /secret|token|passw|pwd|passphrase|credential|private|(^|_)(auth|key|apikey|dsn|salt|pat|jwt|cert|cookie|session|webhook|signature)(_|$)|key$/i;
/** Addresses with a password, private keys, and what well-known issuers put before theirs. */
const SECRET_VALUE =
  /:\/\/[^\s/@]*:[^\s/@]+@|-----BEGIN|^(sk|pk|rk)_(live|test)_|^sk-|^gh[pousr]_|^github_pat_|^glpat-|^xox|^AKIA|^eyJ|^SG\.|^AIza/;

/** Long, without spaces, with digits and letters both: made by a machine, and more often secret than not. */
function isRandom(value: string): boolean {
  return /^[\w+/=.-]{20,}$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value) && !/^[\d.]+$/.test(value);
}

/**
 * Variables as `env` of the config takes them: what looks like a secret, and what the provider does not tell (`null`), as
 * `${secret.NAME}`, so that no such value leaves the provider's folder.
 */
export function foundEnv(values: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const hidden = value === null || SECRET_NAME.test(name) || SECRET_VALUE.test(value) || isRandom(value);
      return [name, hidden ? `\${secret.${name.replace(/\W/g, '_')}}` : literal(value)];
    }),
  );
}

/** Text as it is meant: `${` starts a reference in the config and nowhere else. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}

/** Settings without what is not set: undefined, null, empty text, lists and maps. */
export function settingsOf(values: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, Json] => !isEmpty(entry[1])));
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** What could not be carried over, each only where it is set. */
export function leftOf(values: [setting: string, value: unknown, because: string][]): Found['left'] {
  return values.flatMap(([setting, value, because]) =>
    isEmpty(value as Json | undefined) || value === false ? [] : [{ setting, because }],
  );
}

/** @throws ConflictError when it bears the mark of another fleet, environment or resource. */
export function refuseOthers(owner: Owner | null, { fleet, environment, address, identity }: Target): void {
  if (!owner || (owner.fleet === fleet && owner.environment === environment && owner.address === address)) return;
  throw new ConflictError(
    `"${identity}" is ${owner.address} of fleet ${owner.fleet}, environment ${owner.environment} already`,
    { mend: 'choose another, or take it out of that fleet first' },
  );
}

/** What was surveyed is not there any more. */
export function goneMeanwhile({ identity }: Target): ConflictError {
  return new ConflictError(`"${identity}" is not there any more`, { mend: 'list what is there again' });
}
