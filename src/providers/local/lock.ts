import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, ownProcessId } from './process-id.ts';

/**
 * A lock between processes that needs no cleaning up after a kill: Lamport's bakery, with a folder for its registers.
 * Each contender is named by pid and start, so the dead are told from the living, and each of its files has a name that
 * nobody else ever uses, so taking a dead one's files away cannot hurt a live one.
 */
export interface LockOptions {
  delay(milliseconds: number): Promise<unknown>;
  signal?: AbortSignal;
  /** Called once when somebody else holds it, with that process's pid. */
  onWait?(pid: number): void;
}

interface Entry {
  file: string;
  /** 0: still choosing its number. */
  number: number;
  id: string;
  pid: number;
  start: string;
}

/** Waits for the lock kept in the folder `dir`, whose parent must exist (else ENOENT); returns how to give it back. */
export async function acquire(dir: string, { delay, signal, onWait }: LockOptions): Promise<() => void> {
  signal?.throwIfAborted();
  const { pid, start } = ownProcessId();
  const id = `${pid}.${start}.${randomBytes(4).toString('hex')}`;
  const choosing = join(dir, `0.${id}`);
  announce(dir, choosing);
  const number = 1 + Math.max(0, ...entries(dir).map((entry) => entry.number));
  const ticket = join(dir, `${number}.${id}`);
  writeFileSync(ticket, '');
  rmSync(choosing, { force: true });
  const giveBack = (): void => {
    rmSync(ticket, { force: true });
    removeIfEmpty(dir);
  };
  try {
    for (let told = false; ; told = true) {
      const before = contender(dir, id, number);
      if (!before) return giveBack;
      if (!told) onWait?.(before.pid);
      await delay(15);
      signal?.throwIfAborted();
    }
  } catch (error) {
    giveBack();
    throw error;
  }
}

/**
 * Somebody whose turn comes first, if any. The folder is read twice: one who had stopped choosing before the first
 * reading has a ticket that the second must see; one who starts choosing later sees ours and draws a higher number.
 */
function contender(dir: string, id: string, number: number): Entry | undefined {
  const others = (): Entry[] => entries(dir).filter((entry) => entry.id !== id);
  return (
    others().find((entry) => entry.number === 0 && lives(dir, entry)) ??
    others().find(
      (entry) =>
        entry.number > 0 && (entry.number < number || (entry.number === number && entry.id < id)) && lives(dir, entry),
    )
  );
}

function lives(dir: string, entry: Entry): boolean {
  if (isRunning(entry)) return true;
  rmSync(join(dir, entry.file), { force: true });
  return false;
}

/** The folder goes with its last file, so it may vanish between making and using it. */
function announce(dir: string, file: string): void {
  for (;;) {
    try {
      mkdirSync(dir, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    try {
      return writeFileSync(file, '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function entries(dir: string): Entry[] {
  return readdirSync(dir).flatMap((file) => {
    const [number, pid, start, nonce] = file.split('.');
    if (!nonce) return [];
    return [{ file, number: Number(number), id: `${pid}.${start}.${nonce}`, pid: Number(pid), start: start as string }];
  });
}

function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // Somebody else is in it, or has removed it.
  }
}
