import { ConfigError, ConflictError, TransientError } from '../model/errors.ts';
import type { Event } from '../model/state.ts';
import type { Verification, Violation } from '../model/verification.ts';
import { foldState } from './fold.ts';
import { eventsIn } from './journal.ts';
import { environmentPath } from './state-paths.ts';
import type { StateCommit, Store } from './store.ts';
import { disagreements, tell } from './verify-fold.ts';
import { forks, losses, shrink, type Journals } from './verify-growth.ts';
import { unsigned, WORKFLOW_ACTOR } from './verify-signatures.ts';

export interface VerifyOptions {
  /** Accounts that may write to the branch; default: the bot of the workflow's own token. */
  actors?: readonly string[];
  /** A commit of the branch that was noted earlier. */
  since?: string | undefined;
}

/** Reads of a branch that moves meanwhile. */
const TRIES = 5;

/**
 * Whether the state branch is what Flotilla's own writes made of it. Linear in its commits; each version of a journal is hashed
 * once, and only the newest are read. ConflictError without a branch, TransientError when it never stood still.
 */
export async function verifyHistory(store: Store, { actors, since }: VerifyOptions = {}): Promise<Verification> {
  for (let tries = 0; tries < TRIES; tries++) {
    const commits = await store.commits();
    const [newest] = commits;
    if (!newest) throw new ConflictError('there is no state branch yet', { mend: 'apply once: that makes it' });
    const { environments } = newest;
    const contents = await contentsOf(store, newest);
    const { events, found } = eventsOf(newest.id, contents);
    const folds = await Promise.all(
      environments.map((name) => foldViolations(store, newest.id, name, events.get(name) ?? [])),
    );
    if (folds.includes('moved')) continue;
    return {
      head: newest.id,
      commits: commits.length,
      environments: [...environments],
      events: [...events.values()].reduce((sum, list) => sum + list.length, 0),
      signatures: commits.some(({ signature }) => signature) ? 'checked' : 'none',
      violations: [
        ...cutOff(commits, since),
        ...forks(commits),
        ...(await growth(store, commits, contents)),
        ...found,
        ...folds.flatMap((fold) => (fold === 'moved' ? [] : fold)),
        ...unsigned(commits, new Set(actors ?? [WORKFLOW_ACTOR])),
      ],
    };
  }
  throw new TransientError('the state branch moved during each of five reads', {
    mend: 'run it again when fewer runs write to it',
  });
}

async function contentsOf(store: Store, { journals }: StateCommit): Promise<Map<string, Uint8Array>> {
  const blobs = await store.blobs([...journals.values()].map(({ id }) => id));
  return new Map([...journals.keys()].map((path, index) => [path, blobs[index] as Uint8Array]));
}

/** From the newest commit back: what each parent held follows from its child, or it does not, and then something was lost. */
async function growth(store: Store, commits: readonly StateCommit[], newest: Journals): Promise<Violation[]> {
  const violations: Violation[] = [];
  const byId = new Map(commits.map((commit) => [commit.id, commit]));
  const known = new Map<string, Journals>(commits[0] ? [[commits[0].id, newest]] : []);
  for (const { id, parents, journals } of commits) {
    const contents = known.get(id) ?? new Map();
    // Nobody looks at it again: memory stays that of a few versions.
    known.delete(id);
    for (const parent of parents.flatMap((parentId) => byId.get(parentId) ?? [])) {
      const before = shrink(parent.journals, { refs: journals, contents });
      const blobs = await store.blobs(before.unexplained.map((path) => parent.journals.get(path)?.id ?? ''));
      for (const [index, path] of before.unexplained.entries()) {
        const old = blobs[index] as Uint8Array;
        before.contents.set(path, old);
        for (const loss of losses(path, old, parent.journals, contents)) violations.push({ commit: id, ...loss });
      }
      known.set(parent.id, before.contents);
    }
  }
  // Oldest first, as it happened.
  return violations.toReversed();
}

/** The events of each environment, oldest first, with what is wrong with them by themselves. */
function eventsOf(commit: string, contents: Journals): { events: Map<string, Event[]>; found: Violation[] } {
  const events = new Map<string, Event[]>();
  const found: Violation[] = [];
  const seen = new Set<string>();
  for (const [file, bytes] of [...contents].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [environment = ''] = file.split('/');
    const say = (line: number, what: string) => void found.push({ commit, file, line, what });
    try {
      const list = eventsIn(file, Buffer.from(bytes).toString());
      for (const [index, { id, environment: named }] of list.entries()) {
        if (seen.has(id)) say(index + 1, `the event ${id} is there twice`);
        if (named !== environment) say(index + 1, `the event ${id} is of ${named}`);
        seen.add(id);
      }
      events.set(environment, [...(events.get(environment) ?? []), ...list]);
    } catch (error) {
      found.push(...damage(error, commit));
    }
  }
  return { events, found };
}

async function foldViolations(
  store: Store,
  commit: string,
  environment: string,
  events: readonly Event[],
): Promise<Violation[] | 'moved'> {
  const state = await store.readState(environment, 'all');
  if (state.head !== commit) return 'moved';
  try {
    const recorded = foldState(state.files, environment);
    const findings = disagreements(environment, tell(events), recorded);
    if (events.length > 0 || recorded.environment) return findings.map((one) => ({ commit, ...one }));
    const what = 'there is neither a snapshot nor an event';
    return [{ commit, file: environmentPath(environment), line: null, what }];
  } catch (error) {
    return damage(error, commit);
  }
}

function damage(error: unknown, commit: string): Violation[] {
  if (!(error instanceof ConfigError)) throw error;
  return error.problems.map(({ position, message }) => ({
    commit,
    file: position.file,
    line: position.line,
    what: message,
  }));
}

function cutOff(commits: readonly StateCommit[], since: string | undefined): Violation[] {
  if (since === undefined || (since.length >= 7 && commits.some(({ id }) => id.startsWith(since)))) return [];
  const commit = commits[0]?.id ?? '';
  return [{ commit, file: null, line: null, what: `${since} is no part of the branch any more: it was replaced` }];
}
