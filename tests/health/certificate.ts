import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a server needs to speak TLS, and the authority that its clients must know. PEM. */
export interface Certificate {
  key: string;
  cert: string;
  ca: string;
}

/** A certificate for `host` by an authority of its own, valid between the two moments. */
export function makeCertificate(host: string, from: Date, to: Date): Certificate {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const always = [new Date('2020-01-01'), new Date('2049-01-01')] as const;
  const isAuthority = extension('2.5.29.19', sequence(boolean()), true);
  const name = extension(
    '2.5.29.17',
    sequence(der(host.includes(':') || /^[0-9.]+$/.test(host) ? 0x87 : 0x82, hostBytes(host))),
  );
  return {
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: certificate({
      subject: host,
      issuer: 'authority',
      from,
      to,
      publicKey: own.publicKey,
      by: authority.privateKey,
      extensions: [name],
    }),
    ca: certificate({
      subject: 'authority',
      issuer: 'authority',
      from: always[0],
      to: always[1],
      publicKey: authority.publicKey,
      by: authority.privateKey,
      extensions: [isAuthority],
    }),
  };
}

const hostBytes = (host: string): Buffer =>
  /^[0-9.]+$/.test(host) ? Buffer.from(host.split('.').map(Number)) : Buffer.from(host);

interface Contents {
  subject: string;
  issuer: string;
  from: Date;
  to: Date;
  publicKey: KeyObject;
  by: KeyObject;
  extensions: Buffer[];
}

/** X.509 version 3 (RFC 5280), as little of it as clients ask for. */
function certificate({ subject, issuer, from, to, publicKey, by, extensions }: Contents): string {
  const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));
  const serial = randomBytes(8);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 1;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    named(issuer),
    sequence(time(from), time(to)),
    named(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, by);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const boolean = (): Buffer => der(0x01, Buffer.from([0xff]));
const named = (name: string): Buffer =>
  sequence(der(0x31, sequence(identifier('2.5.4.3'), der(0x0c, Buffer.from(name)))));
const time = (at: Date): Buffer => der(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(identifier(id), ...(critical ? [boolean()] : []), der(0x04, value));

function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const groups = [first * 40 + second, ...rest].flatMap((number) => {
    const bytes = [number & 127];
    for (let left = number >> 7; left > 0; left >>= 7) bytes.unshift((left & 127) | 128);
    return bytes;
  });
  return der(0x06, Buffer.from(groups));
}
