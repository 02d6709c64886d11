import { canonical } from '../model/canonical.ts';
import type { Event } from '../model/state.ts';
import { damaged } from './read-record.ts';
import { eventsFolder, journalPath, rotatedPath } from './state-paths.ts';
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
  const path = journalPath(environment, now);
  const known = state.files.get(path) ?? '';
  const changed = new Map<string, string>();
  const taken = new Set(state.journals);
  let text = known;
  let bytes = Buffer.byteLength(known);
  for (const event of events) {
    if (includesEvent(known, event.id)) continue;
    const line = `${canonical(event)}\n`;
    const size = Buffer.byteLength(line);
    if (bytes > 0 && bytes + size > JOURNAL_BYTES) {
      changed.set(nextRotated(path, taken), text);
      text = '';
      bytes = 0;
    }
    text += line;
    bytes += size;
  }
  if (text !== known) changed.set(path, text);
  return changed;
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
  const paths = [...files.keys()].filter((path) => path.endsWith('.ndjson')).toSorted();
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
