import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitProcess } from './git-process.ts';
import { isOid, zeroOid } from './objects.ts';

export interface RefUpdate {
  /** Fully qualified. */
  ref: string;
  /** The zero id deletes. */
  to: string;
  /** What must be there now; the zero id: nothing; `undefined`: whatever is there. */
  from?: string | undefined;
}

/** The compare-and-swap was lost, or git refused the names. Nothing was changed. */
export class RefConflict extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'RefConflict';
  }
}

/**
 * A repository's refs: read from git's files, changed by one living `git update-ref --stdin`, whose transactions
 * are real compare-and-swaps, also against other git processes.
 */
export class RefStore {
  readonly #dir: string;
  readonly #process: GitProcess;
  /** What each ref was before its latest change: what a stale read sees. */
  readonly #previous = new Map<string, string | undefined>();
  #turn: Promise<unknown> = Promise.resolve();
  #output = '';
  #settle: ((error: RefConflict | undefined) => void) | undefined;

  constructor(dir: string) {
    this.#dir = dir;
    this.#process = new GitProcess(dir, ['update-ref', '--stdin'], {
      data: (chunk) => {
        this.#output += chunk.toString();
        if (this.#output.includes('commit: ok\n')) this.#settle?.(undefined);
      },
      exit: (reason) => this.#settle?.(new RefConflict(reason || 'git update-ref ended')),
    });
  }

  /** The id a ref points to, now. */
  get(ref: string): string | undefined {
    if (!isRefName(ref)) return undefined;
    try {
      const text = readFileSync(join(this.#dir, ref), 'utf8').trim();
      if (isOid(text)) return text;
    } catch {
      // Not a loose ref: it may be packed.
    }
    return this.#packed().get(ref);
  }

  /** The id a ref pointed to before its latest change (now's, when it never changed). */
  getPrevious(ref: string): string | undefined {
    return this.#previous.has(ref) ? this.#previous.get(ref) : this.get(ref);
  }

  /** All refs under `prefix` (e.g. `refs/heads/`), sorted by name. */
  list(prefix: string): { ref: string; oid: string }[] {
    const found = new Map([...this.#packed()].filter(([ref]) => ref.startsWith(prefix)));
    const walk = (folder: string): void => {
      let entries;
      try {
        entries = readdirSync(join(this.#dir, folder), { withFileTypes: true });
      } catch {
        return;
      }
      for (const entry of entries) {
        const ref = `${folder}/${entry.name}`;
        if (entry.isDirectory()) walk(ref);
        else if (ref.startsWith(prefix) && !ref.endsWith('.lock')) {
          const oid = this.get(ref);
          if (oid) found.set(ref, oid);
        }
      }
    };
    walk(prefix.slice(0, prefix.lastIndexOf('/')) || 'refs');
    return [...found].map(([ref, oid]) => ({ ref, oid })).toSorted((a, b) => (a.ref < b.ref ? -1 : 1));
  }

  /** All or none. @throws RefConflict */
  update(updates: readonly RefUpdate[]): Promise<void> {
    const done = this.#turn.then(() => this.#transact(updates));
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Notes what a change made by another git replaced. */
  noteChange(ref: string, before: string | undefined): void {
    this.#previous.set(ref, before);
  }

  close(): void {
    this.#process.close();
  }

  async #transact(updates: readonly RefUpdate[]): Promise<void> {
    const before = updates.map(({ ref, from }) => {
      if (!isRefName(ref)) throw new RefConflict(`'${ref}' is not a valid ref name`);
      const now = this.get(ref) ?? zeroOid;
      // Only git decides; this spares a process for what is lost already.
      if (from !== undefined && now !== from) throw new RefConflict(`${ref} is at ${now} but expected ${from}`);
      return now;
    });
    const lines = updates.map(({ ref, to, from }, at) => {
      const old = from ?? before[at];
      return to === zeroOid ? `delete ${ref} ${old}` : `update ${ref} ${to} ${old}`;
    });
    const error = await new Promise<RefConflict | undefined>((resolve) => {
      this.#settle = resolve;
      this.#output = '';
      this.#process.write(['start', ...lines, 'prepare', 'commit', ''].join('\n'));
    });
    this.#settle = undefined;
    if (error) throw error;
    updates.forEach(({ ref }, at) => this.#previous.set(ref, before[at] === zeroOid ? undefined : before[at]));
  }

  #packed(): Map<string, string> {
    const refs = new Map<string, string>();
    let text;
    try {
      text = readFileSync(join(this.#dir, 'packed-refs'), 'utf8');
    } catch {
      return refs;
    }
    for (const line of text.split('\n')) {
      const match = /^([0-9a-f]{40}) (refs\/\S+)$/.exec(line);
      if (match?.[1] && match[2]) refs.set(match[2], match[1]);
    }
    return refs;
  }
}

/** Git's rules for ref names (git-check-ref-format), for fully qualified names. */
export const isRefName = (ref: string): boolean =>
  /^refs\/[^/]/.test(ref) &&
  // oxlint-disable-next-line no-control-regex
  !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$|\/\.|\.lock(\/|$)/.test(ref);
