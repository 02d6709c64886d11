import { expect, test } from 'vitest';
import type { Event } from '../../src/model/state.ts';
import { gitStore } from '../../src/record/git-store.ts';
import { appendEvents, history } from '../../src/record/journal.ts';
import { verifyHistory } from '../../src/record/verify-history.ts';
import { writeState } from '../../src/record/write-state.ts';
import { temporaryRepository } from './temporary-repository.ts';

const event = (id: string): Event => ({
  id,
  at: '2026-11-01T00:00:00.000Z',
  kind: 'heartbeat.received',
  environment: 'production',
  actor: 'ada',
  run: 'r',
  commit: null,
});

test('a machine whose clock is behind loses no event of another at the turn of a month', async () => {
  using repository = temporaryRepository();
  repository.commit({ 'flotilla.yml': 'fleet: acme\n' });
  const write = async (id: string, now: string) => {
    const store = await gitStore({ root: repository.root });
    await writeState({ store, environment: 'production', random: () => 0.5, delay: async () => {} }, async (state) => ({
      headline: id,
      lines: [],
      additions: appendEvents(state, 'production', [event(id)], new Date(now)),
      deletions: [],
    }));
    return store;
  };
  await write('october', '2026-10-31T12:00:00Z');
  await write('november', '2026-11-01T00:00:01Z');
  const store = await write('behind', '2026-10-31T23:59:59Z');
  expect((await history(store, 'production')).map(({ id }) => id)).toEqual(['october', 'november', 'behind']);
  expect((await verifyHistory(store)).violations).toEqual([]);
});

test('a journal that was not read is not written over', () => {
  const path = 'production/events/2026-11.ndjson';
  const changed = appendEvents(
    { files: new Map(), journals: [path] },
    'production',
    [event('x')],
    new Date('2026-11-02'),
  );
  expect([...changed.keys()]).toEqual(['production/events/2026-11.001.ndjson']);
});
