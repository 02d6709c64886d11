import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  webcrypto,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { isIP } from 'node:net';
import { nameOf } from './register.ts';

/** A certificate and its private key, PKCS#8 in PEM. */
export interface Issued {
  certificate: X509Certificate;
  key: string;
}

/** Whom a certificate is for: a node with its names and addresses, or the fleet itself as a client. */
export type Holder = { kind: 'node'; name: string; hosts: readonly string[] } | { kind: 'client' };

const DAY = 24 * 3600_000;
/** In days. A node has to be restarted for a new one; the client's is replaced by a commit. */
export const LASTS = { authority: 3650, node: 365, client: 90 } as const;
/** Clocks differ: what was issued just now counts where it is a few minutes earlier. Milliseconds. */
const BEFOREHAND = 300_000;
/** What every engine's TLS takes. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A new authority of a fleet. */
export async function issueAuthority(fleet: string, now: Date): Promise<Issued> {
  // Two authorities of one fleet have different names, or who looks for the one that signed would find the other.
  const name = `${fleet} authority ${randomBytes(4).toString('hex')}`;
  const { publicKey, key } = newKey();
  const certificate = await sign({ fleet, name, publicKey, days: LASTS.authority, authority: 1 }, { name, key }, now);
  return { certificate, key };
}

/** A new authority, vouched for by the one before: the link from who trusts that one to what the new one issues. */
export function issueBridge(
  fleet: string,
  { certificate }: Issued,
  before: Issued,
  now: Date,
): Promise<X509Certificate> {
  const { publicKey } = certificate;
  const by = { name: nameOf(before.certificate), ...before };
  return sign({ fleet, name: nameOf(certificate), publicKey, days: LASTS.authority, authority: 0 }, by, now);
}

/** A certificate for one side of the wire, with a new key. It does not outlast its authority. */
export async function issueCertificate(fleet: string, holder: Holder, authority: Issued, now: Date): Promise<Issued> {
  const { publicKey, key } = newKey();
  const name = holder.kind === 'node' ? holder.name : fleet;
  const by = { name: nameOf(authority.certificate), ...authority };
  return { certificate: await sign({ fleet, name, publicKey, days: LASTS[holder.kind], holder }, by, now), key };
}

interface Signing {
  fleet: string;
  name: string;
  publicKey: KeyObject;
  days: number;
  /** Of an authority: how many more may stand between it and what is issued. */
  authority?: number;
  holder?: Holder;
}

interface Signer {
  name: string;
  key: string;
  /** Absent where it signs itself. */
  certificate?: X509Certificate;
}

async function sign(
  { fleet, name, publicKey, days, authority, holder }: Signing,
  by: Signer,
  now: Date,
): Promise<X509Certificate> {
  // Large, and of use to nobody who does not issue just now; what holds it together needs `Reflect.getMetadata`.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const own = publicKey.export({ type: 'spki', format: 'der' });
  const signer = by.certificate?.publicKey.export({ type: 'spki', format: 'der' }) ?? own;
  const { digitalSignature, keyCertSign } = x509.KeyUsageFlags;
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const wholeSecond = Math.floor(now.getTime() / 1000) * 1000;
  const last = Math.min(wholeSecond + days * DAY, by.certificate ? Date.parse(by.certificate.validTo) : Infinity);
  const serial = randomBytes(16);
  // A positive number of always the same length.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString('hex'),
    subject: [{ O: [fleet] }, { CN: [name] }],
    issuer: [{ O: [fleet] }, { CN: [by.name] }],
    notBefore: new Date(wholeSecond - BEFOREHAND),
    notAfter: new Date(last),
    publicKey: own,
    signingKey: await signingKey(by.key),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(authority !== undefined, authority, true),
      new x509.KeyUsagesExtension(authority === undefined ? digitalSignature : keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(own),
      await x509.AuthorityKeyIdentifierExtension.create(signer),
      ...(holder ? [new x509.ExtendedKeyUsageExtension([holder.kind === 'node' ? serverAuth : clientAuth])] : []),
      ...(holder?.kind === 'node'
        ? [
            new x509.SubjectAlternativeNameExtension(
              holder.hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
            ),
          ]
        : []),
    ],
  });
  return new X509Certificate(made.toString('pem'));
}

function newKey(): { publicKey: KeyObject; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: ALGORITHM.namedCurve });
  return { publicKey, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', bytes, ALGORITHM, false, ['sign']);
}
