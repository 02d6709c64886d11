/** The CLI on real processes: a fleet on the local provider, from the first plan to destroy. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FLEET, Workplace, ended } from './cli-fixture.ts';

interface Status {
  environments: {
    environment: string;
    outcome: string;
    lease: unknown;
    resources: { resource: string; phase: string; outputs: Record<string, string>; deployments: { id: string }[] }[];
  }[];
}

const CONFIG = FLEET['flotilla.yml'] as string;

async function urls(place: Workplace): Promise<Record<string, string>> {
  const { document } = await place.json<Status>('status');
  return Object.fromEntries(
    (document.environments[0]?.resources ?? []).map(({ resource, outputs }) => [resource, outputs.url ?? '']),
  );
}

const text = async (url: string | undefined) => (await fetch(url as string)).text();

test('plan, apply, change, roll back, destroy', async () => {
  await using place = new Workplace(FLEET);

  // A plan changes nothing and says so by its exit code only when asked.
  expect(await place.run('plan')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('2 to create'),
  });
  expect((await place.run('plan', '--detailed-exitcode')).code).toBe(2);
  expect(place.git('branch', '--list', 'flotilla')).toBe('');

  // Progress and the plan on stderr, nothing on stdout.
  const first = await place.run('apply', '--yes');
  expect(first).toMatchObject({ code: 0, stdout: '' });
  expect(first.stderr).toMatch(/\+ service\/api@local[^]*service\/api@local: succeeded[^]*2 created/);
  const { 'service/api': api, 'site/web': web } = await urls(place);
  expect(await text(api)).toBe('Ahoy');
  expect(await text(web)).toBe(`calls ${api}`);

  // The second run has nothing to do.
  expect(await place.json('apply', '--yes')).toMatchObject({ code: 0, document: { result: 'unchanged', commits: 0 } });
  expect((await place.run('plan', '--detailed-exitcode')).code).toBe(0);

  // A reviewed plan is applied as it is, without being asked about.
  place.write({ 'flotilla.yml': CONFIG.replace('Ahoy', 'Welcome') });
  place.commit();
  expect((await place.run('plan', '--out', 'plan.json')).stderr).toContain('flotilla apply --plan plan.json');
  expect(await place.json('apply', '--plan', 'plan.json')).toMatchObject({
    code: 0,
    document: { result: 'succeeded', steps: [{ step: { id: 'service/api@local', action: 'update' } }] },
  });
  expect(await text(api)).toBe('Welcome');

  // Once carried out it is no longer the plan.
  place.write({ 'flotilla.yml': CONFIG.replace('Ahoy', 'Hello') });
  place.commit();
  expect(await place.json('apply', '--plan', 'plan.json')).toMatchObject({
    code: 4,
    document: { result: 'blocked', plan: { blocks: [{ guard: 'plan-moved' }] } },
  });
  expect(await text(api)).toBe('Welcome');

  // Back to the deployment before; the config's version is held back until it changes.
  expect((await place.run('rollback', 'service/api', '--yes')).code).toBe(0);
  expect(await text(api)).toBe('Ahoy');

  // Logs on stdout, as lines.
  const logs = await place.run('logs', 'service/api', '--lines', '500');
  expect(logs.stdout).toContain('greeting with Ahoy\n');
  expect(
    (await place.json<{ logs: { lines: string[] }[] }>('logs', 'service/api', '--lines', '1')).document.logs[0]?.lines,
  ).toHaveLength(1);

  // The journal knows it all, newest first.
  const { document } = await place.json<{ events: { kind: string; action?: string }[] }>('history', '--limit', '1000');
  expect(document.events.at(-1)?.kind).toBe('apply.started');
  expect(document.events.filter(({ kind }) => kind === 'step.succeeded')).toHaveLength(4);
  expect((await place.run('history', '--limit', '1')).stderr.trim().split('\n')).toHaveLength(1);

  expect(await place.run('destroy', '--yes')).toMatchObject({ code: 0, stdout: '' });
  await expect(fetch(api as string)).rejects.toThrow();
  expect((await place.json<Status>('status')).document.environments[0]?.resources).toEqual([]);
  expect((await place.run('plan')).stderr).toContain('2 to create');
});

test('a deployment that fails is exit 3, says why, and the version before keeps serving', async () => {
  await using place = new Workplace(FLEET);
  await place.run('apply', '--yes');
  const { 'service/api': api } = await urls(place);
  place.write({ 'api/server.mjs': "console.error('cannot find the rudder'); process.exit(7);" });
  place.commit();
  const failed = await place.run('apply', '--yes');
  expect(failed.code).toBe(3);
  expect(failed.stderr).toMatch(/✗ service\/api@local update failed[^]*cannot find the rudder[^]*still serves/);
  expect(await text(api)).toBe('Ahoy');
});

test('a guard is exit 4 and the words that it prints lift it', async () => {
  await using place = new Workplace({
    ...FLEET,
    'flotilla.yml': CONFIG.replace('env: { API_URL', 'protect: true\n    env: { API_URL'),
  });
  await place.run('apply', '--yes');
  place.write({ 'flotilla.yml': CONFIG.slice(0, CONFIG.indexOf('sites:')) });
  place.commit();
  const blocked = await place.run('apply', '--yes');
  expect(blocked.code).toBe(4);
  const words = /to go on: flotilla (apply .*)/.exec(blocked.stderr)?.[1]?.split(' ') ?? [];
  expect(words).toContain('--allow');
  expect((await place.run(...words, '--yes')).code).toBe(0);
});

describe('asking', () => {
  test.each([['apply'], ['destroy'], ['rollback', 'service/api'], ['unlock']])(
    '%s wants --yes where nobody can answer',
    async (...args) => {
      await using place = new Workplace(FLEET);
      const { code, stderr } = await place.run(...args);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('--yes') });
      expect(place.git('branch', '--list', 'flotilla')).toBe('');
    },
  );

  // `script` gives the CLI a terminal; its arguments differ outside Linux.
  test.runIf(process.platform === 'linux' && existsSync('/usr/bin/script')).each([
    ['y', 0, 'Ahoy'],
    ['n', 1, undefined],
  ])('on a terminal, answered %s', async (answer, code, greeting) => {
    await using place = new Workplace(FLEET);
    const main = join(import.meta.dirname, '../../src/cli/main.ts');
    const child = spawn('script', ['-qec', `"${process.execPath}" "${main}" apply`, '/dev/null'], {
      cwd: place.root,
      env: { ...place.env, TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const ending = ended(child);
    let seen = '';
    child.stdout.on('data', (text: string) => {
      seen += text;
      if (seen.includes('[y/N]') && child.stdin.writable) child.stdin.end(`${answer}\r`);
    });
    const { code: exit, stdout } = await ending;
    expect(exit).toBe(code);
    expect(stdout).toContain('Apply this to production?');
    if (greeting) expect(await text((await urls(place))['service/api'])).toBe(greeting);
    else expect(stdout).toContain('Nothing was changed.');
  });
});

describe('interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s records what was done, exits 130, and the next apply finishes',
    async (signal) => {
      await using place = new Workplace({
        ...FLEET,
        'web/build.mjs':
          "import { writeFileSync } from 'node:fs'; writeFileSync(process.env.HOME + '/building', ''); setInterval(() => {}, 1000);",
      });
      const child = place.start('apply', '--yes');
      const ending = ended(child);
      let seen = '';
      child.stderr?.on('data', (text: string) => {
        seen += text;
        // Once only: a second one means to leave at once.
        if (!child.killed && seen.includes('site/web@local: started')) child.kill(signal);
      });
      const { code, stderr } = await ending;
      expect(code).toBe(130);
      expect(stderr).toContain('recording what was done');
      const { document } = await place.json<Status>('status');
      expect(document.environments[0]).toMatchObject({ outcome: 'interrupted', lease: null });
      place.write({ 'web/build.mjs': FLEET['web/build.mjs'] as string });
      place.commit();
      expect((await place.run('apply', '--yes')).code).toBe(0);
      expect(await text((await urls(place))['site/web'])).toMatch(/^calls http/);
    },
  );
});

describe('secrets', () => {
  const config = CONFIG.replace('GREETING: Ahoy', "GREETING: '${secret.GREETING_KEY}'");

  test('never show, neither in output nor in the plan file nor in the state', async () => {
    await using place = new Workplace({ ...FLEET, 'flotilla.yml': config });
    place.env.GREETING_KEY = 'canary "value"/1';
    const runs = [
      await place.run('plan', '--out', 'plan.json', '--verbose'),
      await place.run('apply', '--yes', '--verbose'),
      await place.run('logs', 'service/api'),
      await place.run('status', '--json'),
      await place.run('history', '--json'),
    ];
    expect(await text((await urls(place))['service/api'])).toBe('canary "value"/1');
    expect(runs[2]?.stdout).toContain('greeting with ***');
    const branch = place.git('log', '-p', '--all');
    const everything = [
      ...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
      readFileSync(join(place.root, 'plan.json'), 'utf8'),
      branch,
    ].join('\n');
    expect(everything).not.toMatch(/canary|value\W{1,4}\/1/);
  });

  test('one that is missing is told before anything is done', async () => {
    await using place = new Workplace({ ...FLEET, 'flotilla.yml': config });
    expect(await place.run('apply', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/GREETING_KEY[^]*set it/),
    });
    expect(await urls(place)).toEqual({});
  });
});

test('a saved plan must be one', async () => {
  await using place = new Workplace(FLEET);
  for (const content of ['', '{', '[]', 'null', '{"format":99}']) {
    writeFileSync(join(place.root, 'bad.json'), content);
    expect(await place.run('apply', '--plan', 'bad.json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not a plan'),
    });
  }
  expect(await place.run('apply', '--plan', 'none.json')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot read'),
  });
});

test('unlock ends a lease with an event, and says when there is none', async () => {
  await using place = new Workplace(FLEET);
  expect(await place.json('unlock', '--yes')).toEqual({
    code: 0,
    document: { environment: 'production', ended: null },
  });
});
