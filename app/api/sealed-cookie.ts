import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Cookies that only this App can write and read: they hold all that a session is, so that nothing is kept here. */
export interface SealedCookies {
  /** The `Set-Cookie` header; `seconds` it is good for. */
  set(name: string, value: object, seconds: number): string;
  clear(name: string): string;
  /** What the request brings; undefined when it was not written here, is another one's, or has ended. */
  get(request: IncomingMessage, name: string): Record<string, unknown> | undefined;
}

/** A browser keeps no cookie above four kilobytes. */
const LONGEST = 4096;
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';

/** @param secret what only this App knows; @param now milliseconds since 1970 */
export function sealedCookies(secret: string, now: () => number): SealedCookies {
  const key = Buffer.from(hkdfSync('sha256', secret, 'flotilla-app', 'cookies', 32));
  // The prefix makes browsers insist on Secure and on this very host.
  const full = (name: string): string => `__Host-flotilla-${name}`;
  return {
    set(name, value, seconds) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
      const text = JSON.stringify({ ...value, until: now() + seconds * 1000 });
      const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${full(name)}=${sealed.toString('base64url')}; Max-Age=${seconds}; ${ATTRIBUTES}`;
    },
    clear: (name) => `${full(name)}=; Max-Age=0; ${ATTRIBUTES}`,
    get(request, name) {
      const start = `${full(name)}=`;
      const found = (request.headers.cookie ?? '').split(/; */).find((one) => one.startsWith(start));
      if (!found || found.length > LONGEST) return undefined;
      const sealed = Buffer.from(found.slice(start.length), 'base64url');
      if (sealed.length < 28) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
          .setAAD(Buffer.from(name))
          .setAuthTag(sealed.subarray(-16));
        const text = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8');
        const value = JSON.parse(text) as Record<string, unknown>;
        return typeof value['until'] === 'number' && value['until'] > now() ? value : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
