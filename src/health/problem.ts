const LONGEST = 300;

/** A problem as samples hold it: one line, at most 300 characters, nothing in it that is not seen. */
export function problemLine(text: string): string {
  const line = text
    .slice(0, LONGEST * 2)
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** What the platform's codes mean to people. */
const WORDS: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut before the answer was complete',
  EPIPE: 'the connection was cut before the answer was complete',
  ECONNABORTED: 'the connection was cut before the answer was complete',
  EHOSTUNREACH: 'no way leads to its host',
  ENETUNREACH: 'no way leads to its network',
  EADDRNOTAVAIL: 'no connection could be opened from here',
  ETIMEDOUT: 'the connection could not be opened in time',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself, not by an authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that is not known',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_INVALID_CHAR: 'a header of the check has a character that cannot be sent',
};

/** Why nothing could be asked or answered, in words. */
export function faultWords(error: unknown): string {
  const [one] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  const { code = '', message = '' } = (one ?? {}) as { code?: string; message?: string };
  const known = WORDS[code];
  if (known) return known;
  if (code.startsWith('HPE_')) return `what answers does not speak HTTP (${code})`;
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return `no TLS could be agreed on (${code})`;
  return code ? `${message || 'it failed'} (${code})` : message || 'it failed';
}

/** Milliseconds as people read them: `850 ms`, `2.4 s`. */
export function spanWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${Number((milliseconds / 1000).toFixed(1))} s`;
}
