/** `flotilla secret` as people use it: from a pipe, in an editor, with a passphrase, and the mistakes that must not cost a secret. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/commands/secret.ts';
import type { Console } from '../../src/cli/console.ts';
import { parseCommandLine } from '../../src/cli/parse-command-line.ts';
import type { Session } from '../../src/cli/session.ts';
import { tellError } from '../../src/cli/tell-error.ts';
import { PLAIN } from '../../src/index.ts';
import { secretsCheck } from '../../src/cli/doctor/secrets-check.ts';
import { createKeyring } from '../../src/secrets/keyring.ts';
import { newIdentity } from '../../src/secrets/recipients.ts';
import { Workplace } from './cli-fixture.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const CONFIG = `fleet: harbour
services:
  api: { source: { image: nginx }, env: { KEY: "\${secret.API_KEY}", OTHER: "\${secret.OTHER}" } }
`;
const VALUE = 'canary-1234567890';

let place: Workplace;
let identity: string;
beforeAll(() => {
  place = new Workplace({ 'flotilla.yml': CONFIG });
  identity = join(place.base, '.config/flotilla/identity');
});
afterAll(() => place[Symbol.asyncDispose]());

interface Circumstances {
  input?: string;
  env?: Record<string, string>;
}

/** `flotilla secret` in this process, with something on stdin. */
async function secret(words: string[], { input = '', env = {} }: Circumstances = {}) {
  const argv = ['secret', ...words, '--cwd', place.root];
  const written = { stdout: '', stderr: '' };
  let mask = { mask: (text: string) => text, maskDeep: <T>(value: T): T => value };
  const console: Console = {
    out: (text) => void (written.stdout += mask.mask(text)),
    err: (text) => void (written.stderr += mask.mask(text)),
    document: (value) => void (written.stdout += JSON.stringify(mask.maskDeep(value))),
    hide: (known) => void (mask = known),
    masked: (value) => mask.maskDeep(value),
    look: { colours: PLAIN, width: 100 },
    live: false,
    outIsTerminal: false,
    canAsk: false,
    flush: () => Promise.resolve(),
  };
  const stdin = vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([Buffer.from(input)]) as never);
  const { signal } = new AbortController();
  try {
    const { args, flags } = await parseCommandLine(argv);
    const json = flags.on('json');
    const session: Session = {
      cwd: place.root,
      environment: flags.text('env'),
      json,
      verbose: false,
      flags,
      args,
      console,
      signal,
      unhurried: () => {},
      env: { PATH: process.env.PATH, XDG_CONFIG_HOME: join(place.base, '.config'), ...env },
    };
    const result = await run(session).catch((error: unknown) => tellError(error, { argv, console, signal }));
    if (json) console.document(result.document);
    else if (result.payload !== undefined) console.out(result.payload);
    return { code: result.exit, stdout: written.stdout, stderr: written.stderr + (result.text ?? '') };
  } finally {
    stdin.mockRestore();
  }
}

const json = async (words: string[], options?: Circumstances) =>
  JSON.parse((await secret([...words, '--json'], options)).stdout);
const file = (name = 'flotilla.secrets.yml') => readFileSync(join(place.root, name), 'utf8');

describe('in turn', () => {
  test('without a file, the way to one is told', async () => {
    expect(await secret(['set', 'API_KEY'], { input: VALUE })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/there is no flotilla\.secrets\.yml\n.*flotilla secret init/),
    });
  });

  test('init makes an identity that nobody else can read, and a file; never a second time', async () => {
    expect(await secret(['init'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('gh secret set FLOTILLA_IDENTITY'),
    });
    expect(statSync(identity).mode & 0o777).toBe(0o600);
    expect(readFileSync(identity, 'utf8')).toMatch(/^# age1pq1\w+\nAGE-SECRET-KEY-PQ-1\w+\n$/);
    expect(await secret(['init'])).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
  });

  test('a value comes from the pipe and goes to stdout alone', async () => {
    const set = await secret(['set', 'API_KEY', '--rotate', '30d'], { input: `${VALUE}\n` });
    expect(set).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('version 1') });
    expect(file()).not.toContain(VALUE);
    expect(await secret(['get', 'API_KEY'])).toEqual({ code: 0, stdout: VALUE, stderr: '' });
    expect(await secret(['get', 'NONE'])).toMatchObject({ code: 1, stdout: '' });
  });

  test.each([
    ['set', 'API_KEY', VALUE],
    ['set', `API_KEY=${VALUE}`],
    ['get', 'API_KEY', VALUE],
  ])('never from the command line: %s %s', async (...words) => {
    const refused = await secret(words);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/history of the shell[^]*< file/) });
    expect(refused.stderr).not.toContain(VALUE);
  });

  test('an environment has values of its own, sealed to the same people', async () => {
    expect((await secret(['set', 'API_KEY', '--env', 'staging'], { input: 'of staging' })).code).toBe(0);
    expect((await secret(['get', 'API_KEY', '--env', 'staging'])).stdout).toBe('of staging');
    expect((await secret(['get', 'API_KEY'])).stdout).toBe(VALUE);
    const { secrets } = await json(['list']);
    expect(secrets).toMatchObject([
      { name: 'API_KEY', file: 'flotilla.secrets.yml', version: 1, age: 0, rotate: '30d', overdue: false },
      { name: 'API_KEY', file: 'flotilla.secrets.staging.yml', version: 1, rotate: null },
    ]);
    expect((await secret(['set', 'API_KEY', '--env', '../x'], { input: VALUE })).code).toBe(1);
  });

  test('check finds what the config names and nobody sealed', async () => {
    const found = await secret(['check']);
    expect(found).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/\$\{secret\.OTHER\}, which is neither sealed/),
    });
    expect((await secret(['check'], { env: { OTHER: 'set here' } })).code).toBe(0);
    const closed = await secret(['check', '--json'], { env: { OTHER: 'set here', XDG_CONFIG_HOME: place.root } });
    expect(JSON.parse(closed.stdout).findings[0]).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('not opened'),
    });
  });

  test('doctor tells whether they open', async () => {
    const sealed = new Map([['flotilla.secrets.yml', file()]]);
    const told = (env: Record<string, string>) => {
      const keyring = createKeyring({ env, learn: () => {} });
      return secretsCheck({ store: { read: async () => ({ sealed }) }, commit: null, keyring } as never, 'production');
    };
    const message = expect.stringContaining('they open');
    expect(await told({ FLOTILLA_IDENTITY_FILE: identity })).toMatchObject([{ level: 'ok', message }]);
    expect(await told({})).toMatchObject([{ level: 'ok', message: expect.stringContaining('stay closed') }]);
    const { identity: FLOTILLA_IDENTITY } = await newIdentity('hybrid');
    expect(await told({ FLOTILLA_IDENTITY })).toMatchObject([{ level: 'fail', mend: expect.stringContaining('add') }]);
  });

  test('an editor sees the values, in a folder of their own that is gone afterwards', async () => {
    const editor = join(place.base, 'editor.sh');
    const seen = join(place.base, 'seen');
    writeFileSync(
      editor,
      `stat -c %a "$2" "$(dirname "$2")" > ${seen}; echo "$2" >> ${seen}; cat "$2" >> ${seen}; printf 'OTHER: 0170\\nAPI_KEY: |-\\n  two\\n  lines\\n' > "$2"; exit $1`,
    );
    const edit = (exit: number) =>
      secret(['edit'], { env: { EDITOR: `sh ${editor} ${exit}`, XDG_RUNTIME_DIR: place.base } });
    const before = file();
    expect(await edit(1)).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was changed') });
    expect(file()).toBe(before);
    expect(await edit(0)).toMatchObject({ code: 0, stderr: expect.stringMatching(/API_KEY, OTHER|OTHER, API_KEY/) });
    const [mode, folder, path = '', ...content] = readFileSync(seen, 'utf8').split('\n');
    expect([mode, folder]).toEqual(['600', '700']);
    expect(content).toContain(`API_KEY: ${VALUE}`);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(place.base).filter((name) => name.startsWith('flotilla-secrets-'))).toEqual([]);
    expect((await secret(['get', 'API_KEY'])).stdout).toBe('two\nlines');
    expect((await secret(['get', 'OTHER'])).stdout).toBe('0170');
  });

  test('a recipient more can open all files, and afterwards no more', async () => {
    // Bob makes himself an identity, and hands on what he is told to.
    const home = join(place.base, 'bob');
    const asBob = { env: { XDG_CONFIG_HOME: home } };
    const { stdout: recipient } = await secret(['identity'], asBob);
    expect(recipient).toMatch(/^age1pq1\w{1900,}\n$/);
    expect((await secret(['identity'], asBob)).stdout).toBe(recipient);
    expect(statSync(join(home, 'flotilla/identity')).mode & 0o777).toBe(0o600);
    const bob = { recipient: recipient.trim() };
    expect(await secret(['get', 'OTHER'], asBob)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not among the recipients'),
    });
    expect((await secret(['recipients', 'add', bob.recipient])).code).toBe(0);
    expect((await secret(['get', 'OTHER'], asBob)).stdout).toBe('0170');
    expect((await secret(['get', 'API_KEY', '--env', 'staging'], asBob)).stdout).toBe('of staging');
    const x25519 = await newIdentity('x25519');
    expect(await secret(['recipients', 'add', x25519.recipient])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in one file'),
    });
    expect(await secret(['recipients', 'rm', bob.recipient.slice(0, 30)])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('change those'),
    });
    expect((await secret(['get', 'OTHER'], asBob)).code).toBe(1);
    const { files } = await json(['recipients']);
    expect(files.map(({ recipients }: { recipients: string[] }) => recipients.length)).toEqual([1, 1]);
    expect(await secret(['recipients', 'rm', 'age1pq1'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nobody could open'),
    });
  });

  test('rotate seals anew what stays what it was', async () => {
    const sealed = (text: string) => text.split('\n').filter((line) => /^[A-Z]/.test(line));
    const [before, facts] = [sealed(file()), await json(['list'])];
    expect((await secret(['rotate'])).code).toBe(0);
    for (const line of sealed(file())) expect(before).not.toContain(line);
    expect(await json(['list'])).toEqual(facts);
    expect((await secret(['get', 'OTHER'])).stdout).toBe('0170');
  });

  test('remove takes one away', async () => {
    expect(await secret(['remove', 'OTHER'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('history of the repository'),
    });
    expect((await secret(['get', 'OTHER'])).code).toBe(1);
  });

  test('a file that was changed by hand is refused, with its line', async () => {
    const sound = file();
    writeFileSync(join(place.root, 'flotilla.secrets.yml'), sound.replace('version: 2', 'version: 9'));
    for (const words of [['get', 'API_KEY'], ['set', 'NEW'], ['list']])
      expect(await secret(words, { input: VALUE })).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('these sealed secrets are damaged'),
      });
    expect(await secret(['check'])).toMatchObject({ code: 3, stderr: expect.stringContaining('damaged') });
    writeFileSync(join(place.root, 'flotilla.secrets.yml'), sound);
  });
});

test('a passphrase opens a file without any other', async () => {
  const env = { FLOTILLA_PASSPHRASE: 'correct horse battery', XDG_CONFIG_HOME: place.root };
  expect((await secret(['init', '--passphrase', '--env', 'phrase'], { env })).code).toBe(0);
  expect(existsSync(join(place.root, 'flotilla'))).toBe(false);
  expect((await secret(['set', 'API_KEY', '--env', 'phrase'], { env, input: VALUE })).code).toBe(0);
  const short = { env: { ...env, FLOTILLA_PASSPHRASE: 'short' } };
  expect(await secret(['init', '--passphrase', '--env', 'other'], short)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('shorter than 12'),
  });
});

test('the program as a shell starts it', () => {
  const started = (words: string[], input = '') =>
    spawnSync(process.execPath, [MAIN, 'secret', ...words, '--env', 'own'], {
      cwd: place.root,
      env: place.env,
      input,
      encoding: 'utf8',
    });
  expect(started(['set', 'API_KEY'], `${VALUE}\n`)).toMatchObject({ status: 0, stdout: '' });
  expect(started(['get', 'API_KEY'])).toMatchObject({ status: 0, stdout: VALUE, stderr: '' });
});
