import { isUtf8 } from 'node:buffer';
import type { SiteSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import { createLimiter } from '../../model/limiter.ts';
import { buildSite, type SiteFile } from '../../provider-kit/build-site.ts';
import type { Desired, StepRun } from '../../provider-kit/provider.ts';
import { uploadFiles } from '../../provider-kit/upload-files.ts';
import type { Entry, PagesWriter } from './api.ts';
import { blobSha, treeSha } from './git-objects.ts';
import { servedFiles } from './served-files.ts';

interface Stored {
  file: SiteFile;
  sha: string;
  isText: boolean;
}

/** Files that are sent in one request. */
type Packet = Stored[];

/** GitHub takes about 80 writes a minute and 500 an hour: text goes many files at a time, what JSON cannot hold alone. */
const MOST_IN_PACKET = 100;
const PACKET_BYTES = 1e6;
/** Entries of one request. */
const MOST_ENTRIES = 1000;

/** Builds the site and makes its tree at GitHub; files that the tree `before` holds are not sent again. Gives the tree. */
export async function deployFiles(
  api: PagesWriter,
  desired: Desired,
  { before, restored }: { before: string | undefined; restored: boolean },
  run: StepRun,
): Promise<string> {
  const built = await buildSite(desired, run, { restored });
  try {
    const files = await servedFiles(desired.spec as unknown as SiteSpec, built.files);
    const all = await storedAs(files);
    const wanted = new Map(all.map(({ file, sha }) => [file.path.slice(1), sha]));
    const tree = treeSha(wanted);
    if (tree === before) return tree;
    const there = before === undefined ? new Set<string>() : await api.blobs(before);
    const missing = new Map(all.flatMap((each) => (there.has(each.sha) ? [] : [[each.sha, each]])));
    await uploadFiles<Packet>({
      items: packetsOf([...missing.values()]),
      upload: (packet) => send(api, packet),
      size: (packet) => packet.reduce((sum, { file }) => sum + file.size, 0),
      count: (packet) => packet.length,
      total: files.length,
      concurrency: 4,
      account: api.account,
      run,
    });
    return await makeTree(api, wanted, tree);
  } finally {
    await built.discard();
  }
}

async function storedAs(files: SiteFile[]): Promise<Stored[]> {
  const limited = createLimiter(16);
  return Promise.all(
    files.map((file) =>
      limited(async () => {
        const bytes = await file.bytes();
        const isText = bytes.length > 0 && bytes.length <= PACKET_BYTES && isUtf8(bytes) && !bytes.includes(0);
        return { file, sha: blobSha(bytes), isText };
      }),
    ),
  );
}

function packetsOf(files: Stored[]): Packet[] {
  const packets: Packet[] = files.filter(({ isText }) => !isText).map((one) => [one]);
  let [packet, bytes]: [Packet, number] = [[], 0];
  for (const each of files.filter(({ isText }) => isText)) {
    if (packet.length === MOST_IN_PACKET || bytes + each.file.size > PACKET_BYTES) [packet, bytes] = [[], 0];
    if (packet.length === 0) packets.push(packet);
    packet.push(each);
    bytes += each.file.size;
  }
  return packets;
}

/** Texts are sent as a tree of their own, which is never used: making it makes their blobs. */
async function send(api: PagesWriter, packet: Packet): Promise<void> {
  const [first] = packet;
  if (!first?.isText) return first && api.createBlob(await first.file.bytes());
  const entries = packet.map(async ({ file, sha }) => ({ path: sha, content: (await file.bytes()).toString() }));
  const made = new Set((await api.createTree(await Promise.all(entries))).blobs);
  for (const { file, sha } of packet) if (!made.has(sha)) await api.createBlob(await file.bytes());
}

async function makeTree(api: PagesWriter, files: ReadonlyMap<string, string>, wanted: string): Promise<string> {
  const entries: Entry[] = [...files].map(([path, sha]) => ({ path, sha }));
  let tree: string | undefined;
  for (let at = 0; at < entries.length; at += MOST_ENTRIES)
    ({ tree } = await api.createTree(entries.slice(at, at + MOST_ENTRIES), tree));
  if (tree === wanted) return tree;
  throw new UnsupportedError('GitHub Pages: GitHub did not store the files as they are', { mend: 'report it' });
}
