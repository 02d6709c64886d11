import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gitStore } from '../../src/record/git-store.ts';
import { temporaryRepository } from './temporary-repository.ts';

const large = (head: string | null, suffix: string) => ({
  expectedHead: head,
  headline: 'a write',
  body: '',
  additions: new Map(
    Array.from({ length: 300 }, (_, index) => [
      `production/resources/service/s${index}.json`,
      `{"ü":"${index}${suffix}"}\n`,
    ]),
  ),
  deletions: [],
});

test('a large environment comes from the cache while it is the same, and from git when it is not', async () => {
  using repository = temporaryRepository();
  const cached = join(repository.root, '.git/flotilla/production.state');
  const store = await gitStore({ root: repository.root });
  const files = async () => (await store.readState('production', 'all')).files;
  const appears = async (old: string | undefined): Promise<string> => {
    for (;;) {
      const text = await readFile(cached, 'utf8').catch(() => undefined);
      if (text !== undefined && text !== old) return text;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const first = await store.commit(large(null, 'a'));
  const fresh = await files();
  const text = await appears(undefined);
  expect(await files()).toEqual(fresh);

  // That it is read from there shows when it lies.
  await writeFile(cached, text.replace('"0a', '"0x'));
  expect((await files()).get('production/resources/service/s0.json')).toBe('{"ü":"0x"}\n');

  await store.commit(large((first as { head: string }).head, 'b'));
  expect((await files()).get('production/resources/service/s0.json')).toBe('{"ü":"0b"}\n');
  const renewed = await appears(text.replace('"0a', '"0x'));

  for (const damage of ['', 'not json\n', renewed.slice(0, -10), `{"tree":1}\n`]) {
    await writeFile(cached, damage);
    expect((await files()).size).toBe(300);
    await appears(damage);
  }
  expect((await readdir(join(repository.root, '.git/flotilla'))).length).toBeLessThanOrEqual(2);
});
