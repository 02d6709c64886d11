import { X509Certificate } from 'node:crypto';
import { CredentialError, UnsupportedError } from '../../model/errors.ts';

/** What this side shows to an engine over TLS. PEM. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

/** Our own refusals, by the code that Node gives them: what is wrong with the engine's certificate, and how that is mended. */
const REFUSED_BY_US: Record<string, [problem: string, mend: string]> = {
  CERT_HAS_EXPIRED: ['has ended', 'issue a new one: flotilla certificate rotate NODE; then start the engine with it'],
  INVALID_PURPOSE: [
    'is none of a server',
    'start the engine with the server-cert.pem that flotilla certificate wrote for it',
  ],
  CERT_NOT_YET_VALID: ['is not good yet', 'set the clock of this machine right'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'is for another host',
    'flotilla certificate rotate NODE --host HOST, with the host that flotilla.yml names; then start the engine with it',
  ],
};
const STRANGER: [string, string] = [
  'is from an authority that this fleet does not know',
  'start the engine with what flotilla certificate issue wrote, or set DOCKER_CA to its authority',
];
for (const code of [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
])
  REFUSED_BY_US[code] = STRANGER;

/** The engine's refusals, by the alert that it sent. Engines say no more than that the certificate is bad, or why. */
const REFUSED_BY_ENGINE: [alert: RegExp, problem: string, mend: string][] = [
  [/CERTIFICATE_EXPIRED/, 'the client certificate has ended', 'issue a new one: flotilla certificate rotate client'],
  [
    /UNKNOWN_CA/,
    'it does not know the authority of the client certificate',
    'start it with the ca.pem that flotilla certificate wrote for it',
  ],
  [
    /CERTIFICATE_REQUIRED/,
    'it wants a client certificate',
    'flotilla certificate issue makes one; or set DOCKER_CA, DOCKER_CERT and DOCKER_KEY',
  ],
];

/**
 * What it means that no connection by TLS came about: who refused whom, and why, with the mend; undefined when it is not about
 * that. CredentialError where a certificate of ours is refused, UnsupportedError where we refuse the engine: neither is tried again.
 */
export function tlsRefusal(
  error: unknown,
  where: string,
  certificates: Certificates | undefined,
): CredentialError | UnsupportedError | undefined {
  const code = codeOf(error);
  const ours = REFUSED_BY_US[code];
  if (ours) {
    const message = `we refuse the engine at ${where}: its certificate ${ours[0]} (${code})`;
    return new UnsupportedError(message, { mend: ours[1], cause: error });
  }
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code))
    return new UnsupportedError(`the engine at ${where} does not speak TLS 1.3 (${code})`, {
      mend: 'update it: Docker since 18.09 does; nothing older is spoken here',
      cause: error,
    });
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code))
    return new UnsupportedError(`the engine at ${where} does not speak TLS (${code})`, {
      mend: 'start it with --tlsverify: as it is, it serves anybody who reaches it',
      cause: error,
    });
  const alert = /^ERR_SSL_.*ALERT/.test(code);
  const theirs = REFUSED_BY_ENGINE.find(([pattern]) => alert && pattern.test(code));
  // Some just hang up, or say only that it is bad; that it has ended can be seen here, too.
  const ended = certificates && endedOn(certificates.cert);
  if (ended && (alert || code === 'ECONNRESET'))
    return refusal(
      where,
      `the client certificate ended on ${ended}`,
      'issue a new one: flotilla certificate rotate client',
      code,
      error,
    );
  if (theirs) return refusal(where, theirs[1], theirs[2], code, error);
  if (alert)
    return refusal(
      where,
      'it refused the client certificate',
      'have it signed by the authority that the engine was started with',
      code,
      error,
    );
  return undefined;
}

function refusal(where: string, problem: string, mend: string, code: string, cause: unknown): CredentialError {
  return new CredentialError(`the engine at ${where} refuses us: ${problem} (${code})`, { mend, cause });
}

/** What OpenSSL says, as a code; where it comes while something is written, Node has it in the message alone. */
function codeOf(error: unknown): string {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const reason = code === 'EPROTO' ? /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] : undefined;
  return reason === undefined ? code : `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}

/** The day on which a certificate ended; undefined while it is good, and when it is none. */
function endedOn(pem: string): string | undefined {
  try {
    const until = new Date(new X509Certificate(pem).validTo);
    return until < new Date() ? until.toISOString().slice(0, 10) : undefined;
  } catch {
    return undefined;
  }
}
