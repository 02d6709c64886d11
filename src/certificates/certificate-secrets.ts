import type { Held } from './change-register.ts';
import type { Register } from './register.ts';

/** The authority's private key, as the sealed secrets have it. */
export const AUTHORITY_KEY = 'DOCKER_CA_KEY';
/** The credentials of accounts whose engine is reached over TCP: whom they believe, what they show, and its private key. */
const [BELIEVED, SHOWN] = ['DOCKER_CA', 'DOCKER_CERT'];
export const CLIENT_KEY = 'DOCKER_KEY';

/**
 * What is sealed, by name: the keys, and what goes with them, so that a run that has the secrets needs nothing else and no
 * edit of a plain file makes it believe anybody.
 */
export function certificateSecrets({ register, keys }: Held): Map<string, string> {
  return new Map([
    [AUTHORITY_KEY, keys.authority],
    [BELIEVED as string, register.authorities.map(String).join('')],
    [SHOWN as string, shownBy(register)],
    [CLIENT_KEY, keys.client],
  ]);
}

/** The client's certificate, and after it the link that leads from an older authority to it. */
function shownBy({ client, bridge }: Register): string {
  return [client, ...(bridge ? [bridge] : [])].map(String).join('');
}
