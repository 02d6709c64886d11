import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { GitProcess } from './git-process.ts';

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface GitObject {
  type: ObjectType;
  data: Buffer;
}

/** Objects are immutable, so what was read once is kept, oldest out first beyond this many bytes. */
const cacheBytes = 64 * 1024 * 1024;

/**
 * A repository's object database: reads through one living `git cat-file --batch`, writes loose objects in
 * git's own format (what `git hash-object -w` does, without a process for each).
 */
export class ObjectStore {
  readonly #dir: string;
  readonly #cache = new Map<string, GitObject>();
  readonly #waiting: { resolve: (object: GitObject | undefined) => void; reject: (error: Error) => void }[] = [];
  readonly #process: GitProcess;
  #cached = 0;
  #pending: Buffer = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #missing = 0;

  constructor(dir: string) {
    this.#dir = dir;
    this.#process = new GitProcess(dir, ['cat-file', '--batch'], {
      data: (chunk) => this.#receive(chunk),
      exit: (reason) => {
        for (const { reject } of this.#waiting.splice(0))
          reject(new Error(`git cat-file in ${dir} ended: ${reason || 'closed'}`));
        this.#pending = Buffer.alloc(0);
        this.#chunks = [];
        this.#missing = 0;
      },
    });
  }

  /** `undefined` when there is no such object. `name` may be any expression git knows, but only full ids are cached. */
  async read(name: string): Promise<GitObject | undefined> {
    const known = this.#cache.get(name);
    if (known) return known;
    if (/[\s\0]/.test(name) || name === '') return undefined;
    const object = await new Promise<GitObject | undefined>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.write(`${name}\n`);
    });
    if (object && /^[0-9a-f]{40}$/.test(name)) this.#remember(name, object);
    return object;
  }

  /** Already in memory, for readers that would rather not wait. */
  peek(oid: string): GitObject | undefined {
    return this.#cache.get(oid);
  }

  write(type: ObjectType, data: Buffer): string {
    const header = Buffer.from(`${type} ${data.length}\0`);
    const oid = createHash('sha1').update(header).update(data).digest('hex');
    const folder = join(this.#dir, 'objects', oid.slice(0, 2));
    const path = join(folder, oid.slice(2));
    if (!this.#cache.has(oid)) this.#remember(oid, { type, data });
    if (existsSync(path)) return oid;
    mkdirSync(folder, { recursive: true });
    // Written aside and renamed: another git must never see half an object.
    const aside = join(folder, `tmp_obj_${oid.slice(2)}_${process.pid}`);
    writeFileSync(aside, deflateSync(Buffer.concat([header, data]), { level: 1 }), { mode: 0o444 });
    renameSync(aside, path);
    return oid;
  }

  close(): void {
    this.#process.close();
  }

  #remember(oid: string, object: GitObject): void {
    this.#cache.set(oid, object);
    this.#cached += object.data.length + 100;
    for (const [oldest, { data }] of this.#cache) {
      if (this.#cached <= cacheBytes) break;
      this.#cache.delete(oldest);
      this.#cached -= data.length + 100;
    }
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#missing -= chunk.length;
    // A large object arrives in many chunks: join them once, not at each.
    if (this.#missing > 0) return;
    this.#pending = Buffer.concat([this.#pending, ...this.#chunks]);
    this.#chunks = [];
    for (;;) {
      const line = this.#pending.indexOf(10);
      if (line < 0) break;
      const [, type, size] = this.#pending.toString('utf8', 0, line).split(' ');
      if (type === undefined || size === undefined || !/^\d+$/.test(size)) {
        this.#pending = this.#pending.subarray(line + 1);
        this.#waiting.shift()?.resolve(undefined);
        continue;
      }
      const end = line + 1 + Number(size);
      if (this.#pending.length < end + 1) {
        this.#missing = end + 1 - this.#pending.length;
        return;
      }
      const data = Buffer.from(this.#pending.subarray(line + 1, end));
      this.#pending = this.#pending.subarray(end + 1);
      this.#waiting.shift()?.resolve({ type: type as ObjectType, data });
    }
    this.#missing = 0;
  }
}
