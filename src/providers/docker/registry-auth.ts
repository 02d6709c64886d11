import { z } from 'zod';
import { CredentialError } from '../../model/errors.ts';

const AuthConfig = z.object({ auths: z.record(z.string(), z.object({ auth: z.string() })) });

const HUB = 'docker.io';

/**
 * The header with the login for an image's registry, if there is one. It comes from the environment as a whole, with its
 * registry: whoever can edit the config could otherwise have a password sent to a registry of their own.
 */
export function registryAuth(credentials: Record<string, string>, image: string): string | undefined {
  const text = credentials['DOCKER_AUTH_CONFIG'];
  if (!text) return undefined;
  const registry = registryOf(image);
  const [address, entry] = Object.entries(logins(text)).find(([name]) => hostIn(name) === registry) ?? [];
  if (address === undefined || entry === undefined) return undefined;
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(entry.auth, 'base64').toString('utf8')) ?? [];
  return Buffer.from(JSON.stringify({ username, password, serveraddress: address })).toString('base64url');
}

function logins(text: string): z.infer<typeof AuthConfig>['auths'] {
  try {
    return AuthConfig.parse(JSON.parse(text)).auths;
  } catch {
    // No cause: it would repeat what it could not read.
    throw new CredentialError('DOCKER_AUTH_CONFIG is not what `docker login` writes', {
      mend: 'set it to JSON such as {"auths":{"ghcr.io":{"auth":"<base64 of user:token>"}}}',
    });
  }
}

/** The host before the first slash, where that can be one; names without are on Docker Hub. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : HUB;
}

/** `docker login` spells them as hosts, or, for Docker Hub, as `https://index.docker.io/v1/`. */
function hostIn(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/')[0] as string;
  return host === 'index.docker.io' ? HUB : host;
}
