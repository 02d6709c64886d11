/** Shorter ones, such as `postgres` before a password was chosen, would hide ordinary words. */
const SHORTEST = 9;
const SENSITIVE = /auth|token|key|secret|password|passwd|credential/i;

/**
 * Secrets within a secret, which programs tell by themselves: the password in an address, what stands under a telling name in
 * JSON, as the key of a service account, and the password in a registry's login.
 */
export function secretParts(value: string): string[] {
  const parts = value.trimStart().startsWith('{') ? inJson(value) : inUrl(value);
  return parts.filter((part) => part.length >= SHORTEST && part !== value);
}

function inUrl(value: string): string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#]+)@/i.exec(value.trim())?.[1];
  return written === undefined ? [] : [written, decoded(written)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function inJson(text: string): string[] {
  let open: [name: string, value: unknown][];
  try {
    open = [['', JSON.parse(text)]];
  } catch {
    return [];
  }
  const parts: string[] = [];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const [name, value] = entry;
    if (value !== null && typeof value === 'object') open.push(...Object.entries(value));
    else if (typeof value === 'string' && SENSITIVE.test(name))
      parts.push(value, ...inUrl(value), ...inLogin(name, value));
  }
  return parts;
}

/** `docker login` writes `user:password` in base64. */
function inLogin(name: string, value: string): string[] {
  if (name !== 'auth') return [];
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  return password === undefined ? [] : [password];
}
