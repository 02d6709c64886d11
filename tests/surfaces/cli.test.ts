/** The command line itself: words in, text and exit codes out. Nothing is deployed here. */
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS, GLOBAL_FLAGS } from '../../src/cli/command-table.ts';
import { tellError } from '../../src/cli/tell-error.ts';
import { Workplace, ended } from './cli-fixture.ts';

const root = join(import.meta.dirname, '../..');

describe('help', () => {
  test('the overview names every command and the first steps', async () => {
    await using place = new Workplace();
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const { code, stdout, stderr } = await place.run(...args);
      expect(code).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/First steps[^]*flotilla init[^]*flotilla apply/);
      for (const name of Object.keys(COMMANDS)) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  test.each(Object.keys(COMMANDS))('%s has flags, examples and exit codes', async (name) => {
    await using place = new Workplace();
    const { code, stdout } = await place.run(name, '--help');
    expect(code).toBe(0);
    for (const flag of Object.keys({ ...COMMANDS[name]?.flags, ...GLOBAL_FLAGS }))
      expect(stdout).toContain(`--${flag}`);
    expect(stdout).toMatch(/Examples:\n {2}.*flotilla /);
    expect(stdout).toMatch(/Exit codes:\n {2}0 [^]*130/);
  });

  test('help COMMAND is COMMAND --help', async () => {
    await using place = new Workplace();
    expect(await place.run('help', 'apply')).toEqual(await place.run('apply', '--help'));
  });

  test('--version is the package’s', async () => {
    await using place = new Workplace();
    expect((await place.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('what is mistyped is told with what was meant', () => {
  test.each([
    [['plna'], /no command "plna"\n.*did you mean plan\?/],
    [['constructor'], /no command "constructor"/],
    [['plan', '--jsno'], /no flag --jsno\n.*did you mean --json\?/],
    [['plan', '--yes'], /plan has no flag --yes\n.*it belongs to .*apply/],
    [['plan', '--__proto__'], /no flag --__proto__/],
    [['apply', '--json=yes'], /--json takes no value/],
    [['plan', '--out'], /--out needs a value\n.*--out FILE/],
    [['plan', '--out', '--json'], /--out needs a value/],
    [['plan', 'service/api'], /does not take "service\/api"/],
    [['logs'], /needs RESOURCE/],
    [['logs', 'api'], /"api" is not a resource\n.*kind\/name/],
    [['logs', 'service/api', '--lines', '0'], /--lines must be a whole number/],
    [['completion', 'tcsh'], /one of bash, zsh, fish/],
    [['apply', '--yes', '--allow', 'everything'], /no guard everything/],
    [['init', '--template', 'nope'], /no template "nope"\n.*starter/],
  ])('%j', async (args, message) => {
    await using place = new Workplace({ 'flotilla.yml': 'fleet: harbour\n' });
    const { code, stdout, stderr } = await place.run(...args);
    expect(stderr.replace(/✗ /, '') + stdout).toMatch(message);
    expect(code).toBe(1);
  });

  test('with --json the error is the document', async () => {
    await using place = new Workplace();
    const { code, document } = await place.json('plna');
    expect(code).toBe(1);
    expect(document).toEqual({
      error: { tag: 'usage', message: 'there is no command "plna"', mend: expect.stringContaining('plan') },
    });
  });
});

describe('config problems', () => {
  const config = 'fleet: harbour\nservices:\n  api: { source: { dir: api }, prot: 1 }\nsites: 3\n';

  test('each has its line, a caret and what was meant', async () => {
    await using place = new Workplace({ 'flotilla.yml': config });
    for (const command of ['validate', 'plan']) {
      const { code, stdout, stderr } = await place.run(command);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toContain('flotilla.yml:3:');
      expect(stderr).toMatch(/3 │ {3}api: .*\n.*│ +\^ .*port/);
      expect(stderr).toContain('flotilla.yml:4:');
      expect(stderr).not.toContain('    at ');
    }
  });

  test('as JSON they are data', async () => {
    await using place = new Workplace({ 'flotilla.yml': config });
    const { document } = await place.json<{ error: { tag: string; problems: unknown[] } }>('validate');
    expect(document.error.tag).toBe('config');
    expect(document.error.problems).toContainEqual(expect.objectContaining({ path: 'services.api.prot' }));
  });

  test('no config, no repository, no folder: told with the mend, never as a bug', async () => {
    await using empty = new Workplace();
    expect(await empty.run('plan')).toMatchObject({ code: 1, stderr: expect.stringContaining('flotilla init') });
    await using bare = new Workplace({}, { git: false });
    for (const command of ['validate', 'plan', 'status', 'history'])
      expect(await bare.run(command)).toMatchObject({ code: 1, stderr: expect.stringContaining('git') });
    const missing = await bare.run('status', '--cwd', '/nowhere/at/all');
    expect(missing.stderr).not.toContain('bug');
    expect(missing.code).toBe(1);
  });

  test('an environment that is not in the config', async () => {
    await using place = new Workplace({
      'flotilla.yml': 'fleet: harbour\nenvironments: { staging: {} }\nsites: { web: { dir: web } }\n',
      'web/index.html': 'x',
    });
    expect(await place.run('plan', '--env', 'stagin')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('staging'),
    });
    const { document } = await place.json('plan');
    expect(document.environment).toBe('staging');
  });
});

function circumstances(argv: string[]) {
  return {
    argv,
    signal: new AbortController().signal,
    console: {
      look: { width: 80, colours: new Proxy({}, { get: () => String }) },
      masked: (value: unknown) => value,
    } as never,
  };
}

describe('a bug of ours', () => {
  test('says so, with how to report it and no stack', async () => {
    const { exit, text, document } = await tellError(
      new TypeError('x is not a function'),
      circumstances(['plan', '--env', 'a b']),
    );
    expect(exit).toBe(70);
    expect(text).toMatch(
      /This is a bug in Flotilla.*https:.*issues\/new[^]*x is not a function[^]*flotilla plan --env "a b"[^]*Node \d+/,
    );
    expect(text).not.toContain('    at ');
    expect(document).toMatchObject({ error: { tag: 'bug', version: expect.any(String) } });
  });

  test('shows the stack under --verbose', async () => {
    expect((await tellError(new TypeError('x'), circumstances(['plan', '--verbose']))).text).toMatch(/\n\s+at /);
  });
});

describe('colour', () => {
  const escape = '\u001b[';
  test.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '' }, true],
  ])('%j', async (env, coloured) => {
    await using place = new Workplace();
    Object.assign(place.env, env);
    expect((await place.run('plna')).stderr.includes(escape)).toBe(coloured);
  });
});

describe('completion', () => {
  test('bash offers commands, flags, values', async () => {
    await using place = new Workplace();
    const { stdout } = await place.run('completion', 'bash');
    const offered = (...words: string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _flotilla; printf '%s\\n' "\${COMPREPLY[@]}"`,
        ],
        { encoding: 'utf8' },
      )
        .trim()
        .split('\n');
    expect(offered('flotilla', 'r')).toEqual(['return', 'rollback']);
    expect(offered('flotilla', 'plan', '--d')).toEqual(['--detailed-exitcode']);
    expect(offered('flotilla', 'init', '--template', 's')).toEqual(['starter', 'site', 'service']);
    expect(offered('flotilla', '--json', 'apply', '--allow', 'del')).toEqual(['delete-protected']);
    expect(offered('flotilla', 'completion', 'f')).toEqual(['fish']);
  });

  test.each(['zsh', 'fish'])('%s knows every command and flag', async (shell) => {
    await using place = new Workplace();
    const { stdout } = await place.run('completion', shell);
    for (const [name, { flags }] of Object.entries(COMMANDS)) {
      expect(stdout).toContain(name);
      for (const flag of Object.keys(flags)) expect(stdout).toContain(shell === 'zsh' ? `--${flag}` : `-l ${flag}`);
    }
  });
});

test('a reader that goes away is no error', async () => {
  await using place = new Workplace();
  const line = `"${process.execPath}" "${join(root, 'src/cli/main.ts')}" help --json | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await ended(spawn('bash', ['-c', line], { cwd: place.root, env: place.env }));
  expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
});

describe('doctor', () => {
  test('tells what is well and what is missing', async () => {
    await using place = new Workplace({
      'flotilla.yml': 'fleet: harbour\nservices: { api: { source: api } }\n',
      'api/server.mjs': '',
    });
    const { code, document } = await place.json<{ findings: { level: string; check: string; mend?: string }[] }>(
      'doctor',
    );
    expect(code).toBe(0);
    expect(document.findings.map(({ level, check }) => `${check} ${level}`)).toEqual([
      'node ok',
      'git ok',
      'repository ok',
      'config ok',
      'state ok',
      'local ok',
      'github ok',
    ]);
  });

  test('every failure has a mend', async () => {
    await using place = new Workplace({}, { git: false });
    const { code, document } = await place.json<{ findings: { level: string; mend?: string }[] }>('doctor');
    expect(code).toBe(3);
    for (const finding of document.findings.filter(({ level }) => level === 'fail')) expect(finding.mend).toBeTruthy();
  });

  test('a token is used and never shown', async () => {
    await using place = new Workplace({ 'flotilla.yml': 'fleet: harbour\n' });
    place.git('remote', 'add', 'origin', 'git@github.com:acme/harbour.git');
    Object.assign(place.env, { GITHUB_TOKEN: 'canary-token-value', GITHUB_API_URL: 'http://127.0.0.1:1' });
    const { stdout, stderr } = await place.run('doctor');
    expect(stderr).toMatch(/! github +GitHub does not answer/);
    expect(stdout + stderr).not.toContain('canary');
  });
});
