import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type Changed } from '../../index.ts';
import { identityFile } from '../open-fleet.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** Where each of its nodes gets a folder: beside the identity of who issues, or where --out says, but never in the repository. UsageError there. */
export function folderFor({ flags, cwd, env }: Session, root: string, fleet: string): string {
  const named = flags.text('out');
  const folder = named === undefined ? join(dirname(identityFile(env)), 'certificates', fleet) : resolve(cwd, named);
  const inside = relative(root, folder);
  if (inside === '' || !(inside === '..' || inside.startsWith(`..${sep}`)))
    throw new UsageError(
      'the private keys of nodes would lie in the repository, and be committed',
      'name a folder outside of it with --out, or leave --out away',
    );
  return folder;
}

/** Writes what each node that got a new certificate needs, readable by nobody else; gives the folders by node. */
export async function writeNodes(folder: string, { register, issued }: Changed): Promise<Map<string, string>> {
  const folders = new Map<string, string>();
  const [newest] = register.authorities;
  for (const [name, key] of issued) {
    const own = join(folder, name);
    await mkdir(own, { recursive: true, mode: 0o700 });
    await chmod(own, 0o700);
    // The newest authority alone: what the fleet shows is from that one.
    await replace(join(own, 'ca.pem'), String(newest));
    await replace(join(own, 'server-cert.pem'), String(register.nodes.get(name)));
    await replace(join(own, 'server-key.pem'), key);
    folders.set(name, own);
  }
  return folders;
}

async function replace(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, text, { mode: 0o600, flag: 'wx' });
  await rename(beside, path);
}

/** What to do with such a folder on its node. */
export function installWords(folders: ReadonlyMap<string, string>): string[] {
  const [first] = folders;
  if (!first) return [];
  const there = '/etc/docker/tls';
  const several = folders.size > 1;
  return [
    ...[...folders].map(([name, folder]) => `For ${name}: ${folder}`),
    `On ${several ? 'each' : 'that'} machine, put ca.pem, server-cert.pem and server-key.pem where root alone can read them, ${there} here, and start its engine anew:`,
    `  dockerd --tlsverify --tlscacert=${there}/ca.pem --tlscert=${there}/server-cert.pem --tlskey=${there}/server-key.pem -H unix:///var/run/docker.sock -H tcp://0.0.0.0:2376`,
    `  podman system service --time 0 --tls-client-ca ${there}/ca.pem --tls-cert ${there}/server-cert.pem --tls-key ${there}/server-key.pem tcp://0.0.0.0:2376   (Podman 5.7 or newer)`,
    `Then remove ${several ? 'the folders' : 'the folder'} here: nothing else needs ${several ? 'those keys' : 'that key'}.`,
  ];
}
