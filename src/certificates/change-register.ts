import { createPrivateKey, createPublicKey, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { ConflictError, UnsupportedError } from '../model/errors.ts';
import { CERTIFICATES, SHARED_SECRETS } from '../model/secret-files.ts';
import { issueAuthority, issueBridge, issueCertificate, type Issued } from './issue.ts';
import { hostsOf, inOrder, NODE_NAME, type Register } from './register.ts';

/** What the fleet holds: the register, and the private keys to its newest authority and to its client, PEM. */
export interface Held {
  register: Register;
  keys: { authority: string; client: string };
}

/** What it holds afterwards, with the keys of those nodes that got a new certificate, PEM; they are kept nowhere else. */
export interface Changed extends Held {
  issued: ReadonlyMap<string, string>;
}

/** The circumstances of every change. */
export interface Issuing {
  fleet: string;
  now: Date;
}

const HOST = /^(?=.{1,253}$)(?![0-9.]+$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** A first certificate for a node. Without anything held, an authority and a client are made for it. UnsupportedError for a bad name or host, and when it has one. */
export async function issueNode(
  held: Held | undefined,
  name: string,
  hosts: readonly string[],
  issuing: Issuing,
): Promise<Changed> {
  if (!NODE_NAME.test(name))
    throw new UnsupportedError(`"${name}" cannot be the name of a node`, {
      mend: 'use small letters, digits and dashes; client and authority have a meaning of their own',
    });
  if (held?.register.nodes.has(name))
    throw new UnsupportedError(`${name} has a certificate`, {
      mend: `for a new one: flotilla certificate rotate ${name}`,
    });
  return renewNode(held ?? (await begin(issuing)), name, hosts, issuing);
}

/** A new certificate for a node, for the same hosts unless others are named. Errors as `issueNode`. */
export async function rotateNode(
  held: Held,
  name: string,
  hosts: readonly string[],
  issuing: Issuing,
): Promise<Changed> {
  const before = held.register.nodes.get(name);
  if (!before)
    throw new UnsupportedError(`no node ${name} has a certificate`, {
      mend: `it is client, authority or one of ${[...held.register.nodes.keys()].join(', ')}`,
    });
  return renewNode(held, name, hosts.length > 0 ? hosts : hostsOf(before), issuing);
}

/** A new certificate and key for the fleet; no node need know. */
export async function rotateClient(held: Held, { fleet, now }: Issuing): Promise<Changed> {
  const client = await issueCertificate(fleet, { kind: 'client' }, authorityOf(held), now);
  return {
    register: { ...held.register, client: client.certificate },
    keys: { ...held.keys, client: client.key },
    issued: new Map(),
  };
}

/**
 * A new authority, and everything issued anew by it. Until that is finished the fleet believes nodes of the one before as
 * well, and by the bridge nodes that know that one alone believe the fleet. UnsupportedError before an earlier one is finished.
 */
export async function rotateAuthority(held: Held, issuing: Issuing): Promise<Changed> {
  const [before, earlier] = held.register.authorities;
  if (earlier)
    throw new UnsupportedError('the authority is being replaced already', {
      mend: 'when all nodes have what was written for them: flotilla certificate rotate authority --finish',
    });
  const authority = await issueAuthority(issuing.fleet, issuing.now);
  const bridge = await issueBridge(issuing.fleet, authority, authorityOf(held), issuing.now);
  return startAnew(
    held,
    authority,
    { authorities: [authority.certificate, before as X509Certificate], bridge },
    issuing,
  );
}

/** The end of that: the authority before is believed by the fleet no more. UnsupportedError when there is none. */
export function finishRotation(held: Held): Changed {
  const { authorities, client, nodes } = held.register;
  const [newest] = authorities;
  if (authorities.length < 2 || !newest)
    throw new UnsupportedError('no authority is being replaced', { mend: 'flotilla certificate rotate authority' });
  return { register: { authorities: [newest], client, nodes }, keys: held.keys, issued: new Map() };
}

/**
 * What was issued until now is believed no more: engines look into no list of what was revoked, so nothing less than another
 * authority does it, without a bridge to the one before. A node that is named gets nothing new. UnsupportedError when it is unknown.
 */
export async function revoke(held: Held, name: string, issuing: Issuing): Promise<Changed> {
  const { nodes } = held.register;
  if (name !== 'client' && name !== 'authority' && !nodes.has(name))
    throw new UnsupportedError(`no node ${name} has a certificate`, {
      mend: `it is client, authority or one of ${[...nodes.keys()].join(', ')}`,
    });
  const others = new Map([...nodes].filter(([node]) => node !== name));
  const authority = await issueAuthority(issuing.fleet, issuing.now);
  const kept = { ...held, register: { ...held.register, nodes: others } };
  return startAnew(kept, authority, { authorities: [authority.certificate] }, issuing);
}

/** ConflictError when the keys are not those of the register: the two files are not of one commit. */
export function checkHeld({ register, keys }: Held): void {
  const isOf = (key: string, one: X509Certificate | undefined) =>
    one?.publicKey.equals(createPublicKey(createPrivateKey(key))) ?? false;
  if (!isOf(keys.authority, register.authorities[0]) || !isOf(keys.client, register.client))
    throw new ConflictError(`the keys in ${SHARED_SECRETS} are not those of ${CERTIFICATES}`, {
      mend: `restore both from one commit: git checkout HEAD -- ${SHARED_SECRETS} ${CERTIFICATES}`,
    });
}

async function begin({ fleet, now }: Issuing): Promise<Held> {
  const authority = await issueAuthority(fleet, now);
  const client = await issueCertificate(fleet, { kind: 'client' }, authority, now);
  return {
    register: { authorities: [authority.certificate], client: client.certificate, nodes: new Map() },
    keys: { authority: authority.key, client: client.key },
  };
}

async function renewNode(
  held: Held,
  name: string,
  hosts: readonly string[],
  { fleet, now }: Issuing,
): Promise<Changed> {
  const wrong = hosts.find((host) => isIP(host) === 0 && !HOST.test(host));
  if (wrong !== undefined || hosts.length === 0)
    throw new UnsupportedError(
      wrong === undefined ? `nothing says where ${name} is` : `"${wrong}" is no host name or address`,
      {
        mend: 'write --host box.example or --host 10.0.0.7, as the engine is named in flotilla.yml, without tcp:// and port',
      },
    );
  const made = await issueCertificate(fleet, { kind: 'node', name, hosts }, authorityOf(held), now);
  const nodes = inOrder([...[...held.register.nodes].filter(([node]) => node !== name), [name, made.certificate]]);
  return { register: { ...held.register, nodes }, keys: held.keys, issued: new Map([[name, made.key]]) };
}

/** Everything issued anew by another authority. */
async function startAnew(
  { register, keys }: Held,
  authority: Issued,
  trust: Pick<Register, 'authorities' | 'bridge'>,
  issuing: Issuing,
): Promise<Changed> {
  let held: Held = {
    register: { ...trust, client: register.client, nodes: new Map() },
    keys: { ...keys, authority: authority.key },
  };
  const issued = new Map<string, string>();
  for (const [name, before] of register.nodes) {
    const after = await renewNode(held, name, hostsOf(before), issuing);
    issued.set(name, after.issued.get(name) as string);
    held = after;
  }
  return { ...(await rotateClient(held, issuing)), issued };
}

function authorityOf({ register, keys }: Held): Issued {
  return { certificate: register.authorities[0] as X509Certificate, key: keys.authority };
}
