/** Secret values are planted in runs that go well and badly, and then looked for in all that they left. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { Workplace, type Ended } from '../surfaces/cli-fixture.ts';
import { actionWorld, storedLog, workflowWith } from './action-world.ts';
import { everyString, findSecrets, PLANTED } from './secrets.ts';

const TOKEN = PLANTED.SANDBOX_CLOUD_TOKEN;

/** A database and a service in the cloud that get secrets, and a service on this machine that prints one. */
const config = (endpoint: string, level: string, database = true) => `fleet: canaries
providers:
  sandbox: { endpoint: "${endpoint}" }
  local: {}
databases:
${database ? '  main: { engine: postgres, place: { on: [sandbox] } }' : '  {}'}
services:
  api:
    source: { image: nginx }
    place: { on: [sandbox] }
    env: { LEVEL: ${level}, PLAIN: "\${secret.PLAIN_KEY}", NASTY: "\${secret.NASTY_KEY}", MIX: "key=\${secret.PLAIN_KEY};"${database ? ', DB: "${database.main.url}"' : ''} }
  loud:
    source: { dir: loud, command: [node, server.mjs] }
    place: { on: [local] }
    env: { KEY: "\${secret.LOUD_KEY}" }
`;

/** Prints what it was given in every spelling; `ending` is what it does then. */
const loud = (ending: string) => `import { createServer } from 'node:http';
const { KEY } = process.env;
console.log(KEY, encodeURIComponent(KEY), JSON.stringify({ KEY }), Buffer.from(KEY).toString('base64'));
console.error('x' + KEY + KEY);
${ending}
`;
const SERVES = "createServer((_, response) => response.end('well')).listen(process.env.PORT, process.env.HOST);";

/** Errors as careless providers make them: with the token, and with the request, in several spellings. */
function echo(cloud: Cloud, method: string, status = 422): () => void {
  const nasty = PLANTED.NASTY_KEY;
  const spellings = [
    TOKEN,
    nasty,
    JSON.stringify({ env: nasty }),
    encodeURIComponent(nasty),
    Buffer.from(nasty).toString('base64'),
  ];
  return cloud.faults.add({
    match: (call) => call.method === method,
    act: { kind: 'status', status, body: { message: `no: ${spellings.join(' , ')}`, token: TOKEN } },
  });
}

/** What the cloud made up by itself. */
const handedOut = ({ resources }: Cloud): string[] =>
  [...resources.values()].flatMap(({ outputs: { password } }) => (password ? [password] : []));

/** Every file under a folder, but for those that are left out. */
function filesIn(folder: string, without: string[]): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !without.some((name) => relative(folder, file).startsWith(name)))
    .map((file) => [relative(folder, file), readFileSync(file, 'latin1')]);
}

/** Every object that git has, as it is when unpacked. */
const gitObjects = (repository: string): string =>
  execFileSync('git', ['-C', repository, 'cat-file', '--batch-all-objects', '--batch', '--unordered'], {
    encoding: 'latin1',
    maxBuffer: 256 * 1024 * 1024,
  });

test('the search finds each of them in every spelling', () => {
  for (const value of Object.values(PLANTED)) {
    const spellings = [
      value,
      encodeURIComponent(value),
      JSON.stringify(JSON.stringify(value)),
      ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${value}`).toString('base64')),
    ];
    for (const text of spellings) expect(findSecrets([value], [['here', text]])).not.toEqual([]);
  }
  expect(everyString(new Map([['a', [{ b: new Set(['c']), secrets: 'd' }]]]), ['secrets']).toSorted()).toEqual([
    'a',
    'b',
    'c',
  ]);
});

test('the CLI', async () => {
  const cloud = await startCloud({ token: TOKEN });
  await using place = new Workplace({ 'flotilla.yml': config(cloud.url, 'one'), 'loud/server.mjs': loud(SERVES) });
  place.env = { ...place.env, ...PLANTED };
  const runs: [string, Ended][] = [];
  const run = async (...args: string[]) => {
    const ended = await place.run(...args);
    runs.push([args.join(' '), ended]);
    return ended.code;
  };
  const write = (files: Record<string, string>) => {
    place.write(files);
    place.commit();
  };

  // All goes well.
  expect(await run('plan', '--out', 'plan.json', '--verbose')).toBe(0);
  expect(await run('apply', '--plan', 'plan.json', '--verbose')).toBe(0);
  const passwords = handedOut(cloud);
  expect(passwords).toHaveLength(1);
  expect(
    [...cloud.resources.values()].flatMap(({ latest }) =>
      Object.values((latest as unknown as { values: object }).values),
    ),
  ).toContain(PLANTED.NASTY_KEY);
  const looks = [['status'], ['history'], ['logs', 'service/loud'], ['logs', 'service/api'], ['doctor']];
  const codes = await Promise.all(looks.flatMap((words) => [run(...words), run(...words, '--json')]));
  expect(codes).toEqual(codes.map(() => 0));

  // A deployment fails and its log has the secret in it.
  write({ 'loud/server.mjs': loud('process.exit(7);') });
  expect(await run('apply', '--yes', '--verbose')).toBe(3);
  expect(runs.at(-1)?.[1].stderr).toContain('***');
  expect(await run('apply', '--yes', '--json')).toBe(3);
  write({ 'loud/server.mjs': loud(SERVES) });

  // The provider repeats what it was sent.
  write({ 'flotilla.yml': config(cloud.url, 'two') });
  const quiet = echo(cloud, 'PATCH');
  expect(await run('apply', '--yes', '--verbose')).toBe(3);
  expect(runs.at(-1)?.[1].stderr).toContain('no: ');
  expect(await run('apply', '--yes', '--json')).toBe(3);
  quiet();
  for (const status of [401, 400, 200]) {
    const unread = echo(cloud, 'GET', status);
    await run('plan', '--verbose', '--out', `plan-${status}.json`);
    expect(runs.at(-1)?.[1].stderr).toContain('sandbox');
    await run('plan', '--json');
    unread();
  }

  // It dies in the middle.
  const child = place.start('apply', '--yes');
  const died = new Promise((resolve) => child.on('close', resolve));
  cloud.faults.add({
    match: ({ method }) => method === 'PATCH',
    times: 1,
    act: { kind: 'hook', when: 'after', run: () => (child.kill('SIGKILL'), new Promise(() => {})) },
  });
  await died;
  expect(await run('apply', '--yes')).toBe(0);

  // Back to what was before; then a guard stops it.
  expect(await run('rollback', 'service/api', '--yes', '--verbose')).toBe(0);
  write({ 'flotilla.yml': config(cloud.url, 'three', false) });
  expect(await run('plan', '--verbose')).toBe(4);
  expect(await run('apply', '--yes', '--json')).toBe(4);
  expect(await run('destroy', '--yes', '--allow', 'delete-protected', '--json')).toBe(0);

  const values = [...Object.values(PLANTED), ...passwords];
  expect(
    findSecrets(values, [
      ...runs.flatMap(([name, { stdout, stderr }]) => [
        [`stdout of ${name}`, stdout] as const,
        [`stderr of ${name}`, stderr] as const,
      ]),
      // What the local provider keeps for its services, for this user's eyes only, is how they get their secrets.
      ...filesIn(place.base, ['local/']),
      ['the objects of git', gitObjects(place.root)],
    ]),
  ).toEqual([]);
  await cloud.stop();
});

test('the Action', async () => {
  // Most of them come from the machine, so that the runner cannot hide what we let slip.
  const { PLAIN_KEY, ...others } = PLANTED;
  const world = await actionWorld({ token: TOKEN, secrets: { PLAIN_KEY }, env: others });
  const { github, repository, cloud } = world;
  const workflow = workflowWith(['PLAIN_KEY']);
  const push = async (files: Record<string, string>, branch?: string) => {
    const sha = await world.push(files, branch);
    await github.settled();
    return sha;
  };
  const conclusion = () => [...repository.runs.values()].at(-1)?.conclusion;
  const first = {
    '.github/workflows/flotilla.yml': workflow,
    'flotilla.yml': config(cloud.url, 'one'),
    'loud/server.mjs': loud(SERVES),
  };

  // A pull request, then all goes well.
  await push(first, 'add-fleet');
  const { number } = await world.api<{ number: number }>('POST', '/pulls', {
    title: 'Add',
    head: 'add-fleet',
    base: 'main',
  });
  await github.settled();
  expect(conclusion()).toBe('success');
  await world.api('PUT', `/pulls/${number}/merge`, {});
  await github.settled();
  expect(conclusion()).toBe('success');
  const passwords = handedOut(cloud);
  expect(passwords).toHaveLength(1);

  // A deployment fails and its log has the secret in it.
  const bad = await push({ 'loud/server.mjs': loud('process.exit(7);') });
  expect(conclusion()).toBe('failure');
  expect(world.checksOn(bad)[0]?.output.summary).toContain('***');
  await push({ 'loud/server.mjs': loud(SERVES) });

  // The provider repeats what it was sent, then refuses the token with words about it.
  const quiet = echo(cloud, 'PATCH');
  const refused = await push({ 'flotilla.yml': config(cloud.url, 'two') });
  expect(conclusion()).toBe('failure');
  expect(world.checksOn(refused)[0]?.output.summary).toContain('no: ');
  quiet();
  const unread = echo(cloud, 'GET', 401);
  await push({ 'flotilla.yml': config(cloud.url, 'three') });
  expect(conclusion()).toBe('failure');
  unread();

  // A guard stops it, an input is not understood, and at last everything goes.
  await push({ 'flotilla.yml': config(cloud.url, 'four', false) });
  expect(conclusion()).toBe('failure');
  const dispatch = async (inputs: Record<string, string>) => {
    await world.api('POST', '/actions/workflows/flotilla.yml/dispatches', { ref: 'main', inputs });
    await github.settled();
  };
  await dispatch({ command: 'plan', allow: 'everything' });
  expect(conclusion()).toBe('failure');
  await dispatch({ command: 'destroy', allow: 'delete-protected' });
  expect(conclusion()).toBe('success');

  const logs = [...repository.runs.values()].map((run) => [`log of run ${run.number}`, storedLog(run)] as const);
  expect(logs.length).toBeGreaterThanOrEqual(9);
  const values = [...Object.values(PLANTED), ...passwords];
  expect(
    findSecrets(values, [
      ...logs,
      ...world.lines.map(({ text }) => ['what the runner printed', text] as const),
      ...everyString(github.state, ['secrets', 'tokens', 'git']).map((text) => ['what GitHub keeps', text] as const),
      ...github.traffic.flatMap(({ method, path, requestBody, responseBody }) =>
        everyString([path, requestBody, responseBody]).map((text) => [`${method} ${path}`, text] as const),
      ),
      ...filesIn(world.kept, []),
      ['the objects of git', gitObjects(repository.git.dir)],
    ]),
  ).toEqual([]);
  expect(filesIn(world.kept, []).filter(([name]) => name.endsWith('-plan.json')).length).toBeGreaterThanOrEqual(5);
  // Nor the token of a run, nor the words by which the runner is told what to hide.
  const printed = [...logs.map(([, text]) => text), ...world.lines.map(({ text }) => text)].join('\n');
  expect(printed).not.toMatch(/gh[a-z]_\w{10}|add-mask/);
  expect(printed).toContain('***');
});
