import { X509Certificate } from 'node:crypto';
import { ConfigError } from '../model/errors.ts';
import { CERTIFICATES } from '../model/secret-files.ts';

/**
 * Every certificate of the fleet that counts, as `flotilla.certificates.pem` has them. Who and what each one is for stands
 * in the certificate itself, and nowhere else.
 */
export interface Register {
  /** Whom the fleet trusts, the newest first; a second one only while its nodes go over to the first. */
  authorities: readonly X509Certificate[];
  /** The newest authority, vouched for by the one before: who knows that one alone believes the newest too. */
  bridge?: X509Certificate;
  /** What the fleet shows to its nodes. */
  client: X509Certificate;
  /** What each node shows to the fleet, by the node's name, in the order of the names. */
  nodes: ReadonlyMap<string, X509Certificate>;
}

/** What a node may be called; the other names are those of what is no node. */
export const NODE_NAME = /^(?!(?:client|authority|earlier-authority)$)[a-z0-9][a-z0-9-]{0,39}$/;

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const [SERVER, CLIENT] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];
/** In characters: hundreds of nodes. */
const LARGEST = 1024 * 1024;

/** The file's text: each certificate with a line that says what it is. */
export function registerText({ authorities, bridge, client, nodes }: Register): string {
  const blocks: [string, X509Certificate][] = [
    ...authorities.map((one): [string, X509Certificate] => ['authority', one]),
    ...(bridge
      ? [['the newest authority, as the one before vouches for it', bridge] as [string, X509Certificate]]
      : []),
    ['client', client],
    ...[...nodes].map(([name, one]): [string, X509Certificate] => [`node ${name}: ${hostsOf(one).join(', ')}`, one]),
  ];
  const texts = blocks.map(([title, one]) => `# ${title}; until ${endOf(one).slice(0, 10)}\n${one.toString()}`);
  return `# Certificates of this fleet, written by \`flotilla certificate\`. They are public; their keys are not here.\n\n${texts.join('\n')}`;
}

/** Reads such a file. ConfigError when it holds something else than an authority and what it issued. */
export function parseRegister(text: string): Register {
  if (text.length > LARGEST) throw damaged(`it is larger than ${LARGEST / 1024 / 1024} MiB`);
  const all = (text.match(BLOCK) ?? []).map(certificateOf);
  const isAuthority = (one: X509Certificate) => one.ca && one.checkIssued(one);
  const authorities = all.filter(isAuthority);
  const [newest] = authorities;
  const client = all.find(({ ca, keyUsage }) => !ca && keyUsage?.includes(CLIENT as string));
  if (!newest || !client) throw damaged('expected an authority and the certificate of a client');
  const bridge = all.find((one) => one.ca && !isAuthority(one));
  const servers = all.filter(({ ca, keyUsage }) => !ca && keyUsage?.includes(SERVER as string));
  for (const one of all)
    if (!authorities.some((by) => one.checkIssued(by) && one.verify(by.publicKey)))
      throw damaged(`${nameOf(one)} is from an authority that is not in it`);
  if (bridge && !bridge.publicKey.equals(newest.publicKey)) throw damaged('its bridge leads to another authority');
  const nodes = servers.map((one): [string, X509Certificate] => [nameOf(one), one]);
  const misnamed = nodes.find(([name]) => !NODE_NAME.test(name));
  if (misnamed) throw damaged(`"${misnamed[0]}" is no name of a node`);
  return { authorities, ...(bridge ? { bridge } : {}), client, nodes: inOrder(nodes) };
}

function certificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw damaged('what stands there as a certificate is none');
  }
}

export function inOrder(nodes: Iterable<[string, X509Certificate]>): Map<string, X509Certificate> {
  return new Map([...nodes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The common name of its subject. */
export function nameOf({ subject }: X509Certificate): string {
  return /^CN=(.+)$/m.exec(subject)?.[1] ?? '';
}

/** The names and addresses that it is for. */
export function hostsOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1]?.toLowerCase() ?? []);
}

/** ISO 8601, whole seconds. */
export function endOf({ validTo }: X509Certificate): string {
  return `${new Date(validTo).toISOString().slice(0, 19)}Z`;
}

function damaged(message: string): ConfigError {
  return new ConfigError([
    {
      position: { file: CERTIFICATES, line: 1, column: 1 },
      path: '',
      message: `this register of certificates is damaged: ${message}`,
      hint: 'restore the file from git; `flotilla certificate` changes it',
    },
  ]);
}
