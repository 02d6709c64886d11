import { gitStore } from '../../src/record/git-store.ts';

/** Run by the git store's tests: makes so many commits, and heeds no interrupt. */
const [root = '', count = ''] = process.argv.slice(2);
process.on('SIGINT', () => {});
const store = await gitStore({ root });
let head: string | null = null;
for (let index = 0; index < Number(count); index++) {
  const additions = new Map([['production/x.json', `${index}`]]);
  const committing = store.commit({
    expectedHead: head,
    headline: `commit ${index}`,
    body: '',
    additions,
    deletions: [],
  });
  process.stdout.write('.');
  const result = await committing;
  if (result === 'conflict') throw new Error('nobody else writes here');
  head = result.head;
}
