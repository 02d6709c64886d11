/** Secret values are planted wherever one can be, in runs that go well and badly, and then looked for in all that was written or sent. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CredentialError, publishApply, publishPlan, statusPages } from '../../src/index.ts';
import { startCloud } from '../../src/providers/sandbox/fake.ts';
import { newIdentity } from '../../src/secrets/recipients.ts';
import type { SandboxGitHub } from '../../src/sandbox/github/index.ts';
import { changeSecrets, createSealed } from '../../src/secrets/seal-file.ts';
import { sealedText } from '../../src/secrets/sealed-file.ts';
import { ended, Workplace, type Ended } from '../surfaces/cli-fixture.ts';
import { actionWorld, storedLog, workflowWith } from './action-world.ts';
import {
  filesIn,
  fleetFile,
  gitObjects,
  handedOut,
  loudBuild,
  loudIssue,
  loudServer,
  PLANTED,
  SEALED,
  SERVES,
} from './canary-fleet.ts';
import { carelessApi, CRASH, credentials, echo, spelledOut } from './careless.ts';
import { MINUTE, watched } from './watched.ts';
import { proofWorld, requestFor } from './world.ts';
import { hookReceiver, startLoudApp } from './loud-app.ts';
import { canary, everyString, findSecrets, type Looked } from './secrets.ts';

/** For a machine that is busy with much else; on a quiet one seconds are enough. Milliseconds. */
const MINUTES = 240_000;
const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
/** Writes the status pages, and keeps them. */
const PAGES = `on: workflow_dispatch
permissions: { contents: read }
jobs:
  pages:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v5
      - uses: flotilla-dev/flotilla@v0
        with: { command: status, directory: pages }
      - run: cp -r pages "$KEPT/pages"
`;
/** A step of the user's own after ours, which prints what it should not. */
const AFTERWARDS = `      - if: always()
        run: '[ ! -e "$KEPT/print" ] || echo "after it: $LOUD_KEY $SANDBOX_CLOUD_TOKEN $NASTY_KEY"'
`;
/** Those that GitHub gave to people, runs and the App. */
const tokensOf = ({ state }: SandboxGitHub, of?: string): string[] =>
  [...state.tokens].flatMap(([token, { kind }]) => (of === undefined || kind === of ? [token] : []));
const TOKEN = PLANTED.SANDBOX_CLOUD_TOKEN;

test('the search finds each of them in every spelling, whole and by half', () => {
  for (const value of Object.values({ ...PLANTED, ...SEALED })) {
    const spellings = [...spelledOut(value), [...value].toReversed().join(''), value.toUpperCase()];
    const [core = ''] = /[A-Za-z0-9]{20,}/.exec(value) ?? [];
    const halves = [core.slice(0, core.length / 2), core.slice(core.length / 2)];
    for (const text of [...spellings, ...halves]) expect(findSecrets([value], [['here', text]]), text).not.toEqual([]);
    expect(findSecrets([value], [['here', 'nothing of it']])).toEqual([]);
  }
  expect(everyString(new Map([['a', [{ b: new Set(['c']), secrets: 'd' }]]]), ['secrets']).toSorted()).toEqual([
    'a',
    'b',
    'c',
  ]);
});

test('the CLI', { timeout: MINUTES }, async () => {
  const cloud = await startCloud({ token: TOKEN, serves: true });
  const api = await carelessApi();
  const { identity, recipient } = await newIdentity('hybrid');
  const passphrase = `${canary('passphrase')} and more words`;
  const given = {
    ...(await credentials()),
    ...PLANTED,
    GITHUB_TOKEN: `ghp_${canary('github')}`,
    FLOTILLA_IDENTITY: identity,
  };
  await using place = new Workplace({
    'flotilla.yml': '',
    'ops/issue.sh': loudIssue('true'),
    'loud/server.mjs': loudServer(SERVES),
    'page/build.sh': loudBuild('true'),
    'page/index.html': 'well',
  });
  const outside = (name: string) => join(place.base, 'outside', name);
  place.write({
    '../outside/crash.mjs': CRASH,
    '../outside/editor.sh': `echo "EDITED_KEY: ${SEALED.EDITED_KEY}" >> "$1"\n`,
    '../outside/issued': canary('issued'),
    '../outside/words': [TOKEN, PLANTED.NASTY_KEY, SEALED.SEALED_KEY].flatMap(spelledOut).join('\n'),
  });
  const issues = outside('issued');
  place.write({ 'flotilla.yml': fleetFile({ cloud, issues, level: 'one' }) });
  const base = { ...place.env, GITHUB_API_URL: api.url, EDITOR: `sh ${outside('editor.sh')}` };
  const runs: [string, Ended][] = [];
  const runWith = async (env: Record<string, string>, input: string, ...args: string[]) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: place.root, env: { ...base, ...env } });
    child.stdin.end(input);
    const end = await ended(child);
    runs.push([args.join(' '), end]);
    return end.code;
  };
  const run = (...args: string[]) => runWith(given, '', ...args);
  const lastError = () => runs.at(-1)?.[1].stderr;
  const write = (files: Record<string, string>) => {
    place.write(files);
    place.commit();
  };

  // Secrets are sealed: to a passphrase, then to an identity; from a pipe, then in an editor.
  const locked = { FLOTILLA_PASSPHRASE: passphrase };
  expect(await runWith(locked, '', 'secret', 'init', '--passphrase')).toBe(0);
  expect(await runWith(locked, '', 'secret', 'recipients', 'add', recipient)).toBe(0);
  expect(await runWith(given, SEALED.SEALED_KEY, 'secret', 'set', 'SEALED_KEY', '--verbose')).toBe(0);
  expect(await run('secret', 'edit')).toBe(0);
  expect(await run('secret', 'rotate')).toBe(0);
  expect(await run('certificate', 'issue', 'box', '--host', 'box.example')).toBe(0);
  expect(await run('secret', 'list', '--json')).toBe(0);
  place.commit();
  place.env = { ...base, ...given };

  // All goes well.
  expect(await run('plan', '--out', 'plan.json', '--verbose'), lastError()).toBe(0);
  expect(await run('apply', '--plan', 'plan.json', '--verbose'), lastError()).toBe(0);
  const passwords = handedOut(cloud);
  expect(passwords).toHaveLength(1);
  const values = [...cloud.resources.values()].flatMap(({ latest }) =>
    Object.values((latest as unknown as { values: object }).values),
  );
  expect(values).toEqual(expect.arrayContaining([PLANTED.NASTY_KEY, SEALED.SEALED_KEY, canary('issued')]));
  const looks = [
    'status --json',
    'history',
    'logs service/loud',
    'logs service/loud --json',
    'logs service/api',
    'health',
  ];
  const codes = await Promise.all([...looks, 'secret check'].map((words) => run(...words.split(' '))));
  expect(codes).toEqual(codes.map(() => 0));
  expect(await run('status', '--html', 'pages')).toBe(0);

  // A deployment fails and its log has the secrets in it; so does a build.
  write({ 'loud/server.mjs': loudServer('process.exit(7);'), 'page/build.sh': loudBuild('exit 8') });
  expect(await run('apply', '--yes', '--verbose')).toBe(3);
  expect(lastError()).toContain('***');
  expect(await run('apply', '--yes', '--json')).toBe(3);
  write({
    'loud/server.mjs': loudServer(SERVES),
    'page/build.sh': loudBuild('true'),
    'ops/issue.sh': loudIssue('exit 9'),
  });

  // So does what issues a secret.
  expect(await run('apply', '--yes', '--redeploy', 'secret/ISSUED_KEY', '--verbose')).toBe(3);
  expect(lastError()).toContain('ended with exit code 9');

  // The provider repeats what it was sent.
  write({ 'flotilla.yml': fleetFile({ cloud, issues, level: 'two' }) });
  const said = [TOKEN, PLANTED.NASTY_KEY, SEALED.SEALED_KEY];
  const quiet = echo(cloud, 'PATCH', said);
  expect(await run('apply', '--yes', '--verbose')).toBe(3);
  expect(lastError()).toContain('no: ');
  expect(await run('apply', '--yes', '--json')).toBe(3);
  quiet();
  for (const status of [401, 200]) {
    const unread = echo(cloud, 'GET', said, status);
    await Promise.all([run('plan', '--verbose', '--out', `plan-${status}.json`), run('plan', '--json')]);
    unread();
  }
  expect(runs.slice(-4).every(([, { stdout, stderr }]) => `${stdout}${stderr}`.includes('sandbox'))).toBe(true);

  // So does what answers for GitHub.
  await Promise.all([
    run('plan', '--github', 'ada/canaries', '--verbose'),
    run('status', '--github', 'ada/canaries', '--json'),
    run('doctor'),
  ]);
  expect(api.asked.length).toBeGreaterThanOrEqual(2);

  // It fails where nobody foresaw it: in the middle, and where nobody waits.
  for (const [CRASH, code, ...words] of [
    ['throw', 3, '--verbose'],
    ['throw', 3, '--json'],
    ['reject', 70, '--verbose'],
    ['later', 70, '--json'],
  ] as const) {
    place.write({ '../outside/words.how': CRASH });
    const env = { ...given, CRASH_WORDS: outside('words'), NODE_OPTIONS: `--import=${outside('crash.mjs')}` };
    expect([CRASH, await runWith(env, '', 'apply', '--yes', ...words)]).toEqual([CRASH, code]);
    expect(Object.values(runs.at(-1)?.[1] ?? {}).join()).toMatch(/unforeseen\s+\*\*\*/);
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
  write({ 'flotilla.yml': fleetFile({ cloud, issues, level: 'three', database: false }) });
  expect(await run('apply', '--yes', '--json')).toBe(4);
  expect(await run('destroy', '--yes', '--allow', 'delete-protected', '--json')).toBe(0);

  // The second line: in the first, all keys are alike.
  const keys = filesIn(place.base).flatMap(([name, text]) =>
    name.endsWith('-key.pem') ? text.split('\n').slice(2, 3) : [],
  );
  expect(keys).toHaveLength(1);
  const looked: Looked = { places: 0, bytes: 0 };
  const planted = [
    ...Object.values(given),
    ...Object.values(SEALED),
    canary('issued'),
    passphrase,
    ...passwords,
    ...keys,
  ];
  const found = findSecrets(
    planted,
    [
      ...runs.flatMap(([name, { stdout, stderr }]) => [
        [`stdout of ${name}`, stdout] as const,
        [`stderr of ${name}`, stderr] as const,
      ]),
      // What the local provider keeps for its services, and the key of a node, are for this user's eyes only.
      ...filesIn(place.base, ['local/', 'outside/', '.config/', 'canaries-']),
      ...api.asked.map((text) => ['a request to GitHub', text] as const),
      ...cloud.calls.map(({ method, path, query }) => [`${method} ${path}`, `${path} ${query} `] as const),
      gitObjects(place.root),
    ],
    looked,
  );
  expect(found).toEqual([]);
  await cloud.stop();
});

test('the Action, the App, and what they tell GitHub', { timeout: MINUTES }, async () => {
  const { identity, recipient } = await newIdentity('hybrid');
  const receiver = await hookReceiver();
  // Most come from the machine, so that the runner cannot hide what we let slip.
  const { PLAIN_KEY, ...others } = PLANTED;
  const { GITHUB_TOKEN: _, ...tokens } = await credentials();
  const outside = mkdtempSync(join(tmpdir(), 'flotilla-crash-'));
  onTestFinished(() => rmSync(outside, { recursive: true }));
  const [crash, words] = [join(outside, 'crash.mjs'), join(outside, 'words')];
  writeFileSync(crash, CRASH);
  const world = await actionWorld({
    token: TOKEN,
    serves: true,
    secrets: { PLAIN_KEY, FLOTILLA_IDENTITY: identity },
    env: {
      ...tokens,
      ...others,
      RUNNER_DEBUG: '1',
      ACTIONS_STEP_DEBUG: 'true',
      CRASH_WORDS: words,
      NODE_OPTIONS: `--import=${crash}`,
    },
  });
  const { github, repository, cloud } = world;
  writeFileSync(words, [TOKEN, PLANTED.NASTY_KEY, SEALED.SEALED_KEY].flatMap(spelledOut).join('\n'));
  const empty = await createSealed('flotilla.secrets.yml', [recipient], new Date());
  const { file } = changeSecrets(
    empty,
    new Map(Object.entries(SEALED).map(([name, value]) => [name, { value }])),
    new Date(),
  );
  const more = `incidents: { allow_private: true, webhook: { url: "${receiver.url}/\${secret.HOOK_PATH}", secret: "\${secret.HOOK_KEY}" } }\n`;
  const fleet = (level: string, change = {}) => ({ 'flotilla.yml': fleetFile({ cloud, level, more, ...change }) });

  // The App hears of everything, and says all that it can.
  const app = await startLoudApp(world, { crash, words: join(outside, 'words of the App') });
  const settled = async () => {
    await github.settled();
    await app.idle();
    await github.settled();
  };
  const push = async (files: Record<string, string>, branch?: string) => {
    const sha = await world.push(files, branch);
    await settled();
    return sha;
  };
  const last = () => [...repository.runs.values()].at(-1);
  const conclusion = () => last()?.conclusion;

  // A pull request, then all goes well.
  const first = {
    ...fleet('one'),
    '.github/workflows/flotilla.yml': workflowWith(['PLAIN_KEY', 'FLOTILLA_IDENTITY']) + AFTERWARDS,
    '.github/workflows/pages.yml': PAGES,
    'flotilla.secrets.yml': sealedText(file),
    'loud/server.mjs': loudServer(SERVES),
    'page/build.sh': loudBuild('true'),
    'page/index.html': 'well',
  };
  await push(first, 'add-fleet');
  const { number } = await world.api<{ number: number }>('POST', '/pulls', {
    title: 'Add',
    head: 'add-fleet',
    base: 'main',
  });
  await settled();
  expect(conclusion(), storedLog(last())).toBe('success');
  await world.api('PUT', `/pulls/${number}/merge`, {});
  await settled();
  expect(conclusion(), storedLog(last())).toBe('success');
  const passwords = handedOut(cloud);
  expect(passwords).toHaveLength(1);

  // A deployment fails and its log has the secrets in it; so does a build.
  const bad = await push({ 'loud/server.mjs': loudServer('process.exit(7);'), 'page/build.sh': loudBuild('exit 8') });
  expect(conclusion()).toBe('failure');
  expect(world.checksOn(bad)[0]?.output.summary).toContain('***');
  await push({ 'loud/server.mjs': loudServer(SERVES), 'page/build.sh': loudBuild('true') });

  // The provider repeats what it was sent, then refuses the token with words about it.
  const said = [TOKEN, PLANTED.NASTY_KEY, SEALED.SEALED_KEY];
  const quiet = echo(cloud, 'PATCH', said);
  const refused = await push(fleet('two'));
  expect(conclusion()).toBe('failure');
  expect(world.checksOn(refused)[0]?.output.summary).toContain('no: ');
  quiet();
  const unread = echo(cloud, 'GET', said, 401);
  await push(fleet('three'));
  expect(conclusion()).toBe('failure');
  unread();

  // It fails where nobody waits; and what was learned until then is hidden in the steps that come after.
  writeFileSync(join(world.kept, 'print'), '');
  writeFileSync(`${words}.how`, 'reject');
  const crashed = await push(fleet('three again'));
  expect(conclusion()).toBe('failure');
  expect(storedLog(last())).toMatch(/unforeseen \*\*\*/);
  expect(world.checksOn(crashed).map(({ status }) => status)).not.toContain('in_progress');
  expect(storedLog(last())).toContain('after it: ***');
  rmSync(`${words}.how`);
  rmSync(join(world.kept, 'print'));

  const dispatch = async (inputs: Record<string, string>, workflow = 'flotilla.yml') => {
    await world.api('POST', `/actions/workflows/${workflow}/dispatches`, { ref: 'main', inputs });
    await settled();
  };
  // A comment starts a run; the status page is written; then back to what was before.
  const comment = async (body: string) => {
    await world.api('POST', `/issues/${number}/comments`, { body });
    await settled();
  };
  github.faults.add({
    match: ({ path }) => path.endsWith('/permission'),
    times: 1,
    act: {
      kind: 'status',
      status: 403,
      body: { toJSON: () => ({ message: `not you: ${tokensOf(github, 'installation').at(-1)}` }) },
    },
  });
  await comment('/flotilla unlock');
  await comment('/flotilla apply');
  expect(conclusion(), storedLog(last())).toBe('success');
  await dispatch({}, 'pages.yml');
  expect(conclusion(), storedLog(last())).toBe('success');
  await dispatch({ command: 'rollback', resource: 'service/api' });
  expect(conclusion(), storedLog(last())).toBe('success');

  // A guard stops it, and at last everything goes.
  await push(fleet('four', { database: false }));
  expect(conclusion()).toBe('failure');
  await dispatch({ command: 'destroy', allow: 'delete-protected' });
  expect(conclusion()).toBe('success');

  const heard = await app.askAndEnd();
  const printedByApp = heard.map(([, text]) => text).join('\n');
  expect([...repository.comments.values()].map(({ body }) => body).join()).toContain('not you: ***');
  expect(printedByApp).toMatch(/unforeseen \*\*\*/);
  const logs = [...repository.runs.values()].map((run) => [`log of run ${run.number}`, storedLog(run)] as const);
  expect(logs.length).toBeGreaterThanOrEqual(9);
  const looked: Looked = { places: 0, bytes: 0 };
  const found = findSecrets(
    [
      ...Object.values({ ...tokens, ...PLANTED, ...SEALED }),
      identity,
      ...passwords,
      ...app.secrets,
      ...tokensOf(github),
    ],
    [
      ...logs,
      ...world.lines.map(({ text }) => ['what the runner printed', text] as const),
      ...everyString(github.state, ['secrets', 'tokens', 'git', 'privateKey', 'webhookSecret', 'apps']).map(
        (text) => ['what GitHub keeps', text] as const,
      ),
      ...github.traffic.flatMap(({ method, path, requestHeaders, requestBody }) =>
        everyString([path, requestHeaders, requestBody]).map((text) => [`${method} ${path}`, text] as const),
      ),
      ...receiver.told.map((text) => ['the webhook', text] as const),
      ...heard,
      ...filesIn(world.kept),
      gitObjects(repository.git.dir),
    ],
    looked,
  );
  expect(found).toEqual([]);
  expect(filesIn(world.kept).filter(([name]) => name.endsWith('-plan.json')).length).toBeGreaterThanOrEqual(5);
  // Nor the token of a run, nor the words by which the runner is told what to hide.
  const printed = [...logs.map(([, text]) => text), ...world.lines.map(({ text }) => text)].join('\n');
  expect(printed).not.toMatch(/gh[a-z]_\w{10}|add-mask/);
  expect(printed).toContain('***');
});

test('a health run that finds an outage, heals it, and tells of both', async () => {
  const receiver = await hookReceiver();
  const given = { PLAIN_KEY: PLANTED.PLAIN_KEY, PROBE_KEY: PLANTED.PROBE_KEY, HOOK_KEY: PLANTED.HOOK_KEY };
  const env = { ...given, HOOK_PATH: PLANTED.HOOK_PATH, SANDBOX_CLOUD_TOKEN: TOKEN };
  const incidents = `incidents: { allow_private: true, webhook: { url: "${receiver.url}/\${secret.HOOK_PATH}", secret: "\${secret.HOOK_KEY}" } }\n`;
  const service = `  api:
    source: { image: nginx }
    env: { KEY: "\${secret.PLAIN_KEY}" }
    place: { on: [east, west] }
    failover: { after: 1, do: [move] }
    health: { path: /, fail_after: 1, recover_after: 1, headers: { x-probe: "\${secret.PROBE_KEY}" } }`;
  await using world = await watched('  other: { source: { image: nginx } }', incidents);
  world.given = { env };
  await world.change(service, incidents);
  await world.round();
  const probes = world.east.calls.filter(({ path }) => path.startsWith('/at/'));
  expect(probes.map(({ headers }) => headers['x-probe'])).toContain(PLANTED.PROBE_KEY);

  // What answers repeats the header; moving fails with the token and the value, then it does not.
  world.east.faults.add({
    match: ({ path }) => path.startsWith('/at/'),
    act: { kind: 'status', status: 302, headers: { location: `http://[${PLANTED.PROBE_KEY}` } },
  });
  const quiet = echo(world.west, 'POST', [TOKEN, PLANTED.PLAIN_KEY, PLANTED.PROBE_KEY]);
  const rounds = [await world.round(), await world.round()];
  quiet();
  world.pass(60 * MINUTE);
  for (let left = 4; left > 0; left -= 1) rounds.push(await world.round());
  expect(rounds[0]?.outcome.opened).toMatchObject([{ subject: 'service/api' }]);
  expect(rounds[0]?.outcome.healed).toMatchObject([{ action: 'move', result: 'failed' }]);
  expect([...world.west.resources.values()].map(({ title }) => title)).toEqual(['api']);
  expect(world.issues()).toMatchObject([{ state: 'closed' }]);
  expect(receiver.told.length).toBe(2);

  const { github } = world.world;
  const repository = github.state.repositories.get('ada/proof')!;
  const asked = { commit: world.sha, environment: 'production', audience: 'operators' } as const;
  const pages = await statusPages(asked, world.open().ports);
  const found = findSecrets(Object.values(env), [
    ...everyString(rounds.map(({ report }) => report)).map((text) => ['a report', text] as const),
    ...everyString([...github.state.repositories.values()], ['git']).map(
      (text) => ['what GitHub keeps', text] as const,
    ),
    ...github.traffic.flatMap(({ path, requestHeaders, requestBody }) =>
      everyString([path, requestHeaders, requestBody]).map((text) => ['a request to GitHub', text] as const),
    ),
    ...receiver.told.map((text) => ['the webhook', text.replace(/HOOK_PATH/, '')] as const),
    ...pages,
    gitObjects(repository.git.dir),
  ]);
  expect(found).toEqual([]);
});

test('a run that ends in words that are too long for a check tells no part of a secret', async () => {
  await using world = await proofWorld();
  const commit = await world.push({ 'flotilla.yml': `fleet: proof\nservices: {}\n` });
  const { ports, target } = world.open(1, { env: PLANTED });
  for (const value of Object.values(PLANTED)) ports.vault.learn(value);
  // One is where each of the lengths ends at which something is cut.
  const words = (length: number) => `${'.'.repeat(length)}${PLANTED.NASTY_KEY} ${PLANTED.LOUD_KEY}`;
  for (const length of [90, 120, 160, 180, 480, 980]) {
    const read = () => Promise.reject(new CredentialError(words(length), { mend: words(length) }));
    const fails = { ...ports, store: { tree: read, read } as never };
    await publishPlan(requestFor({ commit }), fails, target);
    await publishApply(requestFor({ commit }), fails, target);
  }
  const sent = world.github.traffic.flatMap(({ requestBody }) => everyString(requestBody));
  expect(sent.join()).toContain('***');
  expect(
    findSecrets(
      Object.values(PLANTED),
      sent.map((text) => ['a request to GitHub', text] as const),
    ),
  ).toEqual([]);
});
