import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Socket } from 'node:net';
import { gitCommand, gitFailed, notRunnable } from './git-process.ts';

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

/** An idle reader ends its git after this many milliseconds. */
const IDLE = 1_000;

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
    const child = (this.#child ??= this.#start());
    clearTimeout(this.#idle);
    hold(child, true);
    const answers = names.map(
      () => new Promise<GitObject | undefined>((resolve, reject) => this.#waiting.push({ resolve, reject })),
    );
    child.stdin.write(`${names.join('\n')}\n`);
    return Promise.all(answers);
  }

  #start(): ChildProcessWithoutNullStreams {
    const { args, env } = gitCommand(['cat-file', '--batch']);
    const child = spawn('git', args, { cwd: this.#root, env, stdio: 'pipe' });
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    // A dead git breaks the pipe before its exit is seen; the exit tells the whole story.
    child.stdin.on('error', () => {});
    child.on('error', (error) => this.#ended(child, notRunnable(error)));
    child.on('close', () => this.#ended(child, gitFailed(this.#root, 'cat-file', stderr.trim())));
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
    let at = 0;
    this.#needed = 1;
    while (at < data.length) {
      const line = data.indexOf(10, at);
      if (line === -1) break;
      const header = data.toString('utf8', at, line);
      const [id = '', type = '', size = ''] = header.split(' ');
      if (header.endsWith(' missing') || header.endsWith(' ambiguous')) {
        this.#answer(undefined);
        at = line + 1;
        continue;
      }
      const end = line + 1 + Number(size);
      if (data.length < end + 1) {
        this.#needed = end + 1 - at;
        break;
      }
      this.#answer({ id, type, content: data.subarray(line + 1, end) });
      at = end + 1;
    }
    this.#chunks = at < data.length ? [data.subarray(at)] : [];
    this.#buffered = data.length - at;
  }

  #answer(object: GitObject | undefined): void {
    this.#waiting[this.#answered++]?.resolve(object);
    if (this.#answered < this.#waiting.length) return;
    this.#waiting = [];
    this.#answered = 0;
    const child = this.#child;
    if (!child) return;
    hold(child, false);
    this.#idle = setTimeout(() => this.#close(child), IDLE).unref();
  }

  #close(child: ChildProcessWithoutNullStreams): void {
    if (this.#child !== child || this.#waiting.length > 0) return;
    this.#child = undefined;
    child.stdin.end();
  }
}

/** Whether the child keeps this process running. */
function hold(child: ChildProcessWithoutNullStreams, on: boolean): void {
  for (const part of [child, child.stdin as Socket, child.stdout as Socket, child.stderr as Socket])
    if (on) part.ref();
    else part.unref();
}

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
