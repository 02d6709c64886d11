import { canonical } from '../model/canonical.ts';
import type { Event } from '../model/state.ts';
import { damaged } from './read-record.ts';
import { currentJournal, eventsFolder, isJournal, journalPath, rotatedPath } from './state-paths.ts';
import type { StateSnapshot, Store } from './store.ts';

/** A journal file of more bytes than this is put aside, so that every commit sends little. */
export const JOURNAL_BYTES = 256 * 1024;

/** Files that appending changes. Events whose id is there already are not written again, so a repeated write is harmless. */
export function appendEvents(
  state: Pick<StateSnapshot, 'files' | 'journals'>,
  environment: string,
  events: readonly Event[],
  now: Date,
): Map<string, string> {
  const month = journalPath(environment, now);
  const taken = new Set(state.journals);
  const path = writable(state, month) ?? nextRotated(month, taken);
  const known = state.files.get(path) ?? '';
  const changed = new Map<string, string>();
  let text = known;
  let bytes = Buffer.byteLength(known);
  for (const event of events) {
    if (includesEvent(known, event.id)) continue;
    const line = `${canonical(event)}\n`;
    const size = Buffer.byteLength(line);
    if (bytes > 0 && bytes + size > JOURNAL_BYTES) {
      changed.set(nextRotated(month, taken), text);
      text = '';
      bytes = 0;
    }
    text += line;
    bytes += size;
  }
  if (text !== known) changed.set(path, text);
  return changed;
}

/**
 * The file that can be added to: this month's, else the newest. Where another's clock is ahead of ours, this month's may not be
 * the one that was read; a file of which we do not know what it holds is never written over.
 */
function writable({ files, journals }: Pick<StateSnapshot, 'files' | 'journals'>, month: string): string | undefined {
  return [month, currentJournal(journals)].find(
    (path) => path !== undefined && (files.has(path) || !journals.includes(path)),
  );
}

export const includesEvent = (journal: string, id: string): boolean => journal.includes(`"id":${JSON.stringify(id)}`);

function nextRotated(path: string, taken: Set<string>): string {
  let number = 1;
  while (taken.has(rotatedPath(path, number))) number++;
  taken.add(rotatedPath(path, number));
  return rotatedPath(path, number);
}

/** All events of an environment, oldest first. ConfigError names the line that is not one. */
export async function history(store: Store, environment: string): Promise<Event[]> {
  const files = await store.readFolder(eventsFolder(environment));
  const paths = [...files.keys()].filter(isJournal).toSorted();
  return paths.flatMap((path) => eventsIn(path, files.get(path) ?? ''));
}

/** The events of one journal file, oldest first. ConfigError names the line that is not one. */
export function eventsIn(path: string, text: string): Event[] {
  return text
    .split('\n')
    .map((line, index) => (line === '' ? undefined : eventOf(path, index + 1, line)))
    .filter((event) => event !== undefined);
}

function eventOf(path: string, line: number, text: string): Event {
  try {
    const event = JSON.parse(text) as Event;
    if (typeof event.id === 'string' && typeof event.kind === 'string') return event;
  } catch {
    // Said below, like every other thing that is no event.
  }
  throw damaged(path, line, 'expected an event');
}
