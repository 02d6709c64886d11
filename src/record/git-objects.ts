import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Socket } from 'node:net';
import { git, gitCommand, gitFailed, notRunnable, STARTS } from './git-process.ts';

export interface GitObject {
  id: string;
  type: string;
  content: Buffer;
}

export interface TreeEntry {
  name: string;
  id: string;
  /** `40000` folder, `100644` and `100755` file, `120000` link, `160000` submodule. */
  mode: string;
}

/** From this many on, objects are read by a git of their own that may buffer its answers. */
const MANY = 256;

/** An idle reader ends its git after this many milliseconds. */
const IDLE = 1_000;

/** A signal ended git before it answered, as a Ctrl-C while it starts does. */
const KILLED = new Error('git cat-file was killed by a signal');

interface Waiting {
  resolve(object: GitObject | undefined): void;
  reject(error: Error): void;
}

/**
 * Reads git objects through one `git cat-file --batch`, many in flight at once: a process start costs more than reading
 * hundreds of objects. An idle one holds up neither the process' end nor, for long, memory.
 */
export class GitObjects {
  readonly #root: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  #waiting: Waiting[] = [];
  #answered = 0;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #needed = 1;
  #idle: NodeJS.Timeout | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Any name that git understands (`HEAD^{commit}`, `<id>`, `<commit>:path`); undefined when there is no such object. */
  read(name: string): Promise<GitObject | undefined> {
    return this.readAll([name]).then(([object]) => object);
  }

  /** Objects in the order of `names`. */
  readAll(names: readonly string[]): Promise<(GitObject | undefined)[]> {
    // One name a line: a line break in a name would ask for two.
    if (names.some((name) => name.includes('\n'))) return Promise.resolve(names.map(() => undefined));
    if (names.length === 0) return Promise.resolve([]);
    if (names.length >= MANY) return this.#readMany(names);
    return this.#ask(names, 1);
  }

  async #ask(names: readonly string[], starts: number): Promise<(GitObject | undefined)[]> {
    const child = (this.#child ??= this.#start());
    clearTimeout(this.#idle);
    hold(child, true);
    const answers = names.map(
      () => new Promise<GitObject | undefined>((resolve, reject) => this.#waiting.push({ resolve, reject })),
    );
    child.stdin.write(`${names.join('\n')}\n`);
    try {
      return await Promise.all(answers);
    } catch (error) {
      if (error !== KILLED || starts === STARTS) throw error;
      return this.#ask(names, starts + 1);
    }
  }

  #start(): ChildProcessWithoutNullStreams {
    const { args, options } = gitCommand(['cat-file', '--batch'], this.#root);
    const child = spawn('git', args, options);
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    // A dead git breaks the pipe before its exit is seen; the exit tells the whole story.
    child.stdin.on('error', () => {});
    child.on('error', (error) => this.#ended(child, notRunnable(error)));
    child.on('close', (_, signal) =>
      this.#ended(child, signal ? KILLED : gitFailed(this.#root, 'cat-file', stderr.trim())),
    );
    return child;
  }

  #ended(child: ChildProcessWithoutNullStreams, error: Error): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#chunks = [];
    this.#buffered = 0;
    const left = this.#waiting.slice(this.#answered);
    this.#waiting = [];
    this.#answered = 0;
    for (const { reject } of left) reject(error);
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    // Large objects come in many chunks: they are joined once, when all are there.
    if (this.#buffered < this.#needed) return;
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const { end, missing } = eachObject(data, (object) => this.#answer(object));
    this.#needed = missing;
    this.#chunks = end < data.length ? [data.subarray(end)] : [];
    this.#buffered = data.length - end;
  }

  async #readMany(names: readonly string[]): Promise<(GitObject | undefined)[]> {
    const data = await git(this.#root, ['cat-file', '--batch', '--buffer'], { input: `${names.join('\n')}\n` });
    const found: (GitObject | undefined)[] = [];
    eachObject(data, (object) => found.push(object));
    return found;
  }

  #answer(object: GitObject | undefined): void {
    this.#waiting[this.#answered++]?.resolve(object);
    if (this.#answered < this.#waiting.length) return;
    this.#waiting = [];
    this.#answered = 0;
    const child = this.#child;
    if (!child) return;
    this.#rest(child);
  }

  #rest(child: ChildProcessWithoutNullStreams): void {
    hold(child, false);
    this.#idle = setTimeout(() => this.#close(child), IDLE).unref();
  }

  #close(child: ChildProcessWithoutNullStreams): void {
    if (this.#child !== child || this.#waiting.length > 0) return;
    this.#child = undefined;
    child.stdin.end();
  }
}

/** Takes the whole answers at the start of `data`: where they end, and how many bytes from there the next one needs. */
function eachObject(data: Buffer, take: (object: GitObject | undefined) => void): { end: number; missing: number } {
  let at = 0;
  while (at < data.length) {
    const line = data.indexOf(10, at);
    if (line === -1) break;
    const header = data.toString('latin1', at, line);
    if (header.endsWith(' missing') || header.endsWith(' ambiguous')) {
      take(undefined);
      at = line + 1;
      continue;
    }
    const [id = '', type = '', size = ''] = header.split(' ');
    const end = line + 1 + Number(size);
    if (data.length < end + 1) return { end: at, missing: end + 1 - at };
    take({ id, type, content: data.subarray(line + 1, end) });
    at = end + 1;
  }
  return { end: at, missing: data.length - at + 1 };
}

/** Whether the child keeps this process running. */
function hold(child: ChildProcessWithoutNullStreams, on: boolean): void {
  for (const part of [child, child.stdin as Socket, child.stdout as Socket, child.stderr as Socket])
    if (on) part.ref();
    else part.unref();
}

/** Id of a commit's tree, which its first line names. */
export const treeOf = (commit: GitObject): string => commit.content.toString('latin1', 5, 5 + commit.id.length);

/** Entries of a tree object. */
export function treeEntries(tree: GitObject): TreeEntry[] {
  const { content } = tree;
  const idBytes = tree.id.length / 2;
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at);
    const zero = content.indexOf(0, space);
    entries.push({
      mode: content.toString('latin1', at, space),
      name: content.toString('utf8', space + 1, zero),
      id: content.toString('hex', zero + 1, zero + 1 + idBytes),
    });
    at = zero + 1 + idBytes;
  }
  return entries;
}

export const isFolder = (entry: TreeEntry): boolean => entry.mode === '40000';

/** Every folder and file below a tree by its path, level by level; `skip` leaves a folder's inside out. */
export async function walkTree(
  objects: GitObjects,
  tree: string,
  path = '',
  skip: (path: string) => boolean = () => false,
): Promise<Map<string, TreeEntry>> {
  const found = new Map<string, TreeEntry>();
  let level = [{ path, id: tree }];
  while (level.length > 0) {
    const trees = await objects.readAll(level.map(({ id }) => id));
    const next: typeof level = [];
    trees.forEach((object, index) => {
      const parent = level[index]?.path;
      for (const entry of object ? treeEntries(object) : []) {
        const child = parent ? `${parent}/${entry.name}` : entry.name;
        found.set(child, entry);
        if (isFolder(entry) && !skip(child)) next.push({ path: child, id: entry.id });
      }
    });
    level = next;
  }
  return found;
}
