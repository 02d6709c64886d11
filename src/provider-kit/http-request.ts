import { CredentialError, UnsupportedError } from '../model/errors.ts';
import type { HttpOptions } from './http-types.ts';

/** Builds a path whose inserted parts can be nothing but one segment each: path`/services/${id}/deploys`. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((text, part, index) => `${text}${segment(String(values[index - 1]))}${part}`);
}

function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new UnsupportedError(`"${value}" is no id that a provider gives`, { mend: 'report it' });
  }
  return encodeURIComponent(value);
}

/** Headers of every call, their names in lower case. A value that cannot be sent is a token pasted badly; the platform's own message would show it. */
export function checkedHeaders({ name, headers = {}, credentialMend }: HttpOptions): ReadonlyMap<string, string> {
  const checked = new Map([
    ['accept', 'application/json'],
    ['user-agent', 'flotilla'],
  ]);
  for (const [header, value] of Object.entries(headers)) {
    if (!/^[\t\x20-\x7E\x80-\xFF]*$/.test(value)) {
      const message = `${name}: the value for ${header} holds a character that no token has, as a line break`;
      throw new CredentialError(message, { mend: credentialMend ?? 'copy the token again' });
    }
    checked.set(header.toLowerCase(), value.trim());
  }
  return checked;
}

/** Where a redirect leads, if a read may follow it there with its credentials. */
export function sameOrigin(about: string, method: string, from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (method === 'GET' && to?.origin === from.origin) return to;
  const where = to ? to.origin : 'an address that is none';
  throw new UnsupportedError(`${about} was redirected to ${where}, where credentials are not sent`, {
    mend: 'check the endpoint',
  });
}
