import {
  CERTIFICATES,
  factsOf,
  finishRotation,
  hostsOf,
  issueNode,
  revoke,
  rotateAuthority,
  rotateClient,
  rotateNode,
  SHARED_SECRETS,
  type Changed,
  type Held,
} from '../../index.ts';
import { certificateStore, type CertificateStore } from '../certificate/certificate-store.ts';
import { renderCertificates } from '../certificate/render-certificates.ts';
import { folderFor, installWords, writeNodes } from '../certificate/node-folder.ts';
import { confirm, requireAnswer } from '../confirm.ts';
import type { Result, Run, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

type Action = (session: Session, store: CertificateStore, name: string) => Promise<Result>;

export const run: Run = async (session) => {
  const [action = '', name = '', extra] = session.args;
  const perform = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  const [usage = '', needs = false, takes = false] = USAGE[action] ?? [];
  if (!perform)
    throw new UsageError(`flotilla certificate does not know "${action}"`, 'see flotilla certificate --help');
  if (extra !== undefined || (name !== '' && !takes) || (name === '' && needs))
    throw new UsageError(
      name === ''
        ? `flotilla certificate ${action} needs a name`
        : `flotilla certificate ${action} does not take "${extra ?? name}"`,
      `write flotilla certificate ${usage}`,
    );
  if (action === 'revoke') requireAnswer(session, 'certificate revoke');
  return perform(session, await certificateStore(session), name);
};

/** How each action is written, and whether a name must or may follow. */
const USAGE: Record<string, [usage: string, needs: boolean, takes: boolean]> = {
  issue: ['issue NODE --host HOST', true, true],
  rotate: ['rotate, rotate NODE or rotate authority [--finish]', false, true],
  revoke: ['revoke NODE, revoke client or revoke authority', true, true],
  list: ['list', false, false],
};

const ACTIONS: Record<string, Action> = {
  async issue(session, store, name) {
    const issuing = await store.issuing();
    const folder = folderFor(session, store.root, issuing.fleet);
    const hosts = session.flags.list('host').map((host) => host.toLowerCase());
    const changed = await issueNode(await store.held(), name, hosts, issuing);
    return finish(store, changed, folder, [
      `Issued a certificate for ${name} (${hostsOf(changed.register.nodes.get(name)!).join(', ')}).`,
    ]);
  },

  async rotate(session, store, name) {
    const issuing = await store.issuing();
    const folder = folderFor(session, store.root, issuing.fleet);
    const held = await present(store);
    const { flags } = session;
    if (flags.on('finish') && name !== 'authority')
      throw new UsageError('--finish is for the authority', 'write flotilla certificate rotate authority --finish');
    if (name === '' || name === 'client')
      return finish(store, await rotateClient(held, issuing), folder, [
        'Issued the client’s certificate anew. Nodes need nothing. The one before is good until it ends: if its key is known to others, flotilla certificate revoke client.',
      ]);
    if (name !== 'authority') {
      const hosts = flags.list('host').map((host) => host.toLowerCase());
      const changed = await rotateNode(held, name, hosts, issuing);
      return finish(store, changed, folder, [
        `Issued a new certificate for ${name}. Its engine serves the one before until it is started anew.`,
      ]);
    }
    if (flags.on('finish'))
      return finish(store, finishRotation(held), folder, ['The authority before is believed no more.']);
    return finish(store, await rotateAuthority(held, issuing), folder, [
      'Made a new authority, and issued everything anew. The fleet believes both for now, and nodes with the old ca.pem believe its client: they can be done one after the other.',
      'When all are done: flotilla certificate rotate authority --finish',
    ]);
  },

  async revoke(session, store, name) {
    const issuing = await store.issuing();
    const folder = folderFor(session, store.root, issuing.fleet);
    const held = await present(store);
    const changed = await revoke(held, name, issuing);
    const others = [...changed.register.nodes.keys()];
    const warning = `Engines look into no list of what was revoked: every node believes the authority in its ca.pem, and refuses the fleet from when this is pushed until it has a new one${others.length > 0 ? ` (${others.join(', ')})` : ''}.`;
    session.console.err(`${warning}\n`);
    if (!(await confirm(session, `Replace the authority, and all that it issued, because of ${name}?`)))
      return { exit: 4, document: { revoked: null }, text: 'Nothing was changed.\n' };
    const gone = held.register.nodes.has(name) && [
      `${name} is believed no more. Take ca.pem from that machine too, if it is still yours: its engine lets in whoever has the key of the client until now.`,
    ];
    return finish(store, changed, folder, [
      `Made a new authority, and issued everything anew. The fleet believes nothing older, once ${SHARED_SECRETS} is pushed.`,
      ...(gone || []),
      ...(others.length > 0
        ? ['Until a node has its new ca.pem, it lets in whoever has an old key of the client: do this now.']
        : []),
    ]);
  },

  async list({ console }, store) {
    const register = await store.register();
    const certificates = register ? factsOf(register, store.now) : [];
    return {
      exit: certificates.some(({ state }) => state !== 'good') ? 3 : 0,
      document: { certificates },
      text: renderCertificates(certificates, console.look.colours),
    };
  },
};

async function present(store: CertificateStore): Promise<Held> {
  const held = await store.held();
  if (held) return held;
  throw new UsageError('no certificate was issued yet', 'begin with flotilla certificate issue NODE --host HOST');
}

/** Node folders come first: a certificate that the register has and nobody else could not be put anywhere. */
async function finish(store: CertificateStore, changed: Changed, folder: string, told: string[]): Promise<Result> {
  const folders = await writeNodes(folder, changed);
  await store.write(changed);
  const lines = [
    ...told,
    ...installWords(folders),
    `Sealed the keys in ${SHARED_SECRETS}, and wrote ${CERTIFICATES}. Commit both.`,
  ];
  return {
    exit: 0,
    document: { certificates: factsOf(changed.register, store.now), folders: Object.fromEntries(folders) },
    text: `${lines.join('\n')}\n`,
  };
}
