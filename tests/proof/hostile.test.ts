/** What strangers may write: names, branches, files and values in a pull request, and what a repository may hold. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { maskCommands, writeOutputs } from '../../src/action/runner-files.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { ConfigError, tagOf } from '../../src/model/errors.ts';
import type { SiteSpec } from '../../src/model/config.ts';
import { identity, targetOf } from '../../src/provider-kit/identity.ts';
import type { Desired } from '../../src/provider-kit/provider.ts';
import { siteRules } from '../../src/provider-kit/site-rules.ts';
import { buildSite } from '../../src/provider-kit/build-site.ts';
import { archiveOf } from '../../src/providers/heroku/archive.ts';
import { foldState } from '../../src/record/fold.ts';
import { gitSources } from '../../src/record/git-sources.ts';
import { gitStore } from '../../src/record/git-store.ts';
import { code, fence, htmlCode, inert, link } from '../../src/report/markdown.ts';
import { errorCommand, plainOutput, workflowCommands } from '../../src/report/workflow-commands.ts';
import { annotate } from '../../src/report/check-report.ts';
import { createCommandReader } from '../../src/sandbox/runner/workflow-commands.ts';
import { temporaryRepository } from '../record/temporary-repository.ts';
import { actionWorld, storedLog, workflowWith } from './action-world.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'flotilla-hostile-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const OUTSIDE = 'what lies elsewhere on this machine';

/** Every way of speaking to a runner, and to a terminal, that a line may hold. */
const COMMANDS = [
  '::error::pwned',
  '  ::set-output name=outcome::pwned',
  '\t::add-mask::flotilla',
  '\u00a0::save-state name=x::y',
  '::stop-commands::pwned',
  '##[command]pwned',
  'before ##[set-env name=PATH;]pwned',
  '##[add-path]pwned',
  'line\r::error::pwned',
  'line\r\n::error::pwned',
  'line\n::error::pwned',
  '\u001b[2J\u001b]0;pwned\u0007##[error]pwned',
];

/** The lines that the runner itself makes of a step's output: it takes `\n`, `\r\n` and a lone `\r` for line ends. */
const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/);

/** Whether the runner finds a command in a line: `::name::` after space at its start, or `##[name]` anywhere. */
const isCommand = (line: string): boolean => /^\s*::/u.test(line) || /##\[/.test(line);

describe("the runner's log", () => {
  test.each(COMMANDS)('%j is no command', (text) => {
    expect(linesOf(text).some(isCommand)).toBe(true);
    const lines = linesOf(plainOutput(text));
    expect(lines.filter(isCommand)).toEqual([]);
    const read = createCommandReader();
    for (const line of lines) expect(Object.keys(read(line))).toEqual(['text']);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('what people write otherwise stays as it is', () => {
    const text = 'fleet: service/api@local started: http://[::1]:80 a::b # [x]\n  at f (file:///x.ts:1:2)';
    expect(plainOutput(text)).toBe(text);
  });

  test('an error, and an annotation, is one command however many lines it has', () => {
    for (const text of COMMANDS) {
      expect(linesOf(errorCommand(`${text}\r\n%0A${text}`))).toHaveLength(1);
      const place = { file: text, line: 1, column: 1 };
      const [command = '', ...more] = workflowCommands([annotate('failure', place, text, text)]);
      expect([linesOf(command).length, more.length]).toEqual([1, 0]);
    }
  });

  test('all that the Action prints goes through one of these', () => {
    const main = readFileSync(join(import.meta.dirname, '../../src/action/main.ts'), 'utf8');
    const printed = [...main.matchAll(/console\.\w+\((\w+)|process\.std\w+\.write/g)].map(([, first]) => first);
    // The commands that hide values, and what is handed to `print`.
    expect(printed.toSorted()).toEqual(['command', 'line']);
    const handed = [...main.matchAll(/(?<!function )print\((\w+)/g)].map(([, what]) => what);
    expect(handed.toSorted()).toEqual(['command', 'errorCommand', 'plainOutput']);
    for (const name of ['run-task', 'event', 'previews', 'runner-files'])
      expect(readFileSync(join(import.meta.dirname, `../../src/action/${name}.ts`), 'utf8')).not.toMatch(/console\./);
  });

  test('a secret of several lines is masked line by line, wherever the runner ends a line', () => {
    const commands = maskCommands(['one\rtwo\nthree\r\nfour']);
    expect(commands).toEqual(['one', 'two', 'three', 'four'].map((part) => `::add-mask::${part}`));
  });
});

test('an output ends where it ends: no value sets another', async () => {
  const output = join(folder(), 'output');
  const evil = 'x\nEOF\nflotilla-\nghadelimiter_1\noutcome=pwned\noutcome<<EOF\npwned\nEOF';
  await writeOutputs({ output, summary: undefined }, { environment: evil, outcome: 'failed' });
  const read: Record<string, string> = {};
  const lines = readFileSync(output, 'utf8').split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const [, name = '', delimiter = ''] = /^(\w[\w-]*)<<(.+)$/.exec(lines[at] ?? '') ?? [];
    if (!name) continue;
    const end = lines.indexOf(delimiter, at + 1);
    read[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  expect(read).toEqual({ environment: evil, outcome: 'failed' });
});

describe('what is posted', () => {
  const LIVE = /@\w|<[a-z/!]|\]\(|https?:\/\/|\bwww\.|(^|[^&])#\d|\bGH-\d|[\u202a-\u202e\u2066-\u2069\u200b]/iu;
  /** As branches, files, environments and values may be called. */
  const NAMES = [
    'x`@acme/admins`',
    '@acme/admins',
    '](https://evil.example)',
    '<img/src=x/onerror=alert(1)>',
    'fix-#1-GH-2',
    'https://evil.example/@acme',
    'a|b|c',
    'www.evil.example',
    '\u202egnp.exe',
    'аpi\u200b',
    '```\n@acme',
    '</summary></details><script>',
    '$(rm -rf /)`id`',
    '-----',
    '![x](//evil.example/x.png)',
  ];
  test.each(NAMES)('%j is inert in prose, as code, in a fence and as HTML', (name) => {
    const coded = [code(name), htmlCode(name)];
    for (const text of coded) {
      expect(text).not.toMatch(/\n/);
      const inside = /^`([^`\n]+)`$/.exec(text) ?? /^<code>([^<`]*)<\/code>$/.exec(text);
      expect(inside, text).not.toBeNull();
    }
    expect(inert(name)).not.toMatch(LIVE);
    const [mark = '', ...lines] = fence([name]).trimEnd().split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([2, mark]);
    expect(link(name, name)).not.toMatch(/^\[.*\]\((?!https?:)/);
  });

  test('making text inert takes time in line with its length', () => {
    for (const part of ['a', ':a', '@', '_', 'www', ' ', '1', '#', 'gh-'])
      expect(inert(`:${part.repeat(300_000)}`).length).toBeGreaterThan(300_000);
  });
});

describe('names that reach git', () => {
  const OPTIONS = [
    '--upload-pack=touch pwned',
    '--output=pwned',
    '-x',
    '--all',
    '$(touch pwned)',
    'HEAD\n--all',
    '`id`',
  ];
  test.each(OPTIONS)('%j is no option: not a commit, not a tree, not a branch', async (name) => {
    using repository = temporaryRepository();
    repository.commit({ 'flotilla.yml': 'fleet: acme\n' });
    const store = await gitStore({ root: repository.root, branch: name });
    const asks = [
      () => store.read({ commit: name, environment: name }),
      () => store.tree(name),
      async () => (await gitSources(repository.root)).sourceFolder(name, name).materialise(folder()),
    ];
    for (const ask of asks) expect(tagOf(await ask().catch((error: unknown) => error))).toBe('unsupported');
    const empty = await store.read({ commit: null, environment: name });
    expect(empty.state.head).toBeNull();
    expect(await store.commits()).toEqual([]);
    expect(existsSync(join(repository.root, 'pwned'))).toBe(false);
  });

  test('nothing that a repository brings along runs: hooks, monitors, filters of its own', async () => {
    using repository = temporaryRepository();
    const trap = join(repository.root, '..', `trap-${process.pid}`);
    onTestFinished(() => rmSync(trap, { force: true }));
    const script = `#!/bin/sh\ntouch ${trap}\n`;
    for (const hook of ['post-checkout', 'pre-commit', 'reference-transaction', 'post-index-change', 'fsmonitor']) {
      mkdirSync(join(repository.root, '.git/hooks'), { recursive: true });
      writeFileSync(join(repository.root, '.git/hooks', hook), script, { mode: 0o755 });
    }
    writeFileSync(join(repository.root, '.gitattributes'), '* filter=evil\n[attr]x filter=evil\n');
    writeFileSync(join(repository.root, '.gitmodules'), `[submodule "x"]\n path = x\n url = "ext::touch ${trap}"\n`);
    writeFileSync(join(repository.root, 'flotilla.yml'), 'fleet: acme\n');
    const store = await gitStore({ root: repository.root });
    const tree = (await store.tree(null)).get('') as string;
    await (await gitSources(repository.root)).sourceFolder('', tree).materialise(folder());
    const written = { headline: 'x', body: '', additions: new Map([['a', 'b']]), deletions: [], expectedHead: null };
    expect(await store.commit(written)).toHaveProperty('head');
    expect(existsSync(trap)).toBe(false);
  });
});

describe('files of a repository', () => {
  /** A repository with every kind of link, and a submodule; the folder outside that they lead to. */
  function trapped() {
    const outside = folder();
    writeFileSync(join(outside, 'secret.txt'), OUTSIDE);
    const repository = temporaryRepository();
    onTestFinished(() => repository[Symbol.dispose]());
    const { root } = repository;
    mkdirSync(join(root, 'web'));
    repository.write({ 'web/index.html': 'hello' });
    for (const [name, to] of [
      ['secret.txt', join(outside, 'secret.txt')],
      ['folder', outside],
      ['Procfile', join(outside, 'secret.txt')],
      ['_redirects', join(outside, 'secret.txt')],
      ['_headers', '../../../../../../../../proc/self/environ'],
      ['up', '../..'],
      ['loop', '.'],
    ] as const)
      symlinkSync(to, join(root, 'web', name));
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'a'.repeat(40)},web/module`);
    repository.git('add', '-A', 'web');
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'a'.repeat(40)},web/module`);
    repository.git('commit', '-q', '-m', 'traps');
    return { repository, outside, tree: repository.git('rev-parse', 'HEAD:web') };
  }
  const desired = (source: Desired['source'], spec: object): Desired => ({
    ...targetOf('acme', 'production', 'site/web'),
    spec: { dir: 'web', env: {}, redirects: [], headers: [], domains: [], ...spec } as never,
    hash: 'h',
    replicas: 1,
    commit: null,
    ...(source ? { source } : {}),
  });

  test('links that lead out, round in a circle, and submodules: none is served or read', async () => {
    const { repository, tree } = trapped();
    const source = (await gitSources(repository.root)).sourceFolder('web', tree);
    const run = { progress: () => {}, signal: new AbortController().signal };
    const built = await buildSite(desired(source, {}), run, { restored: false, rules: 'files' });
    const paths = built.files.map(({ path }) => path);
    expect(paths).toEqual(['/index.html']);
    const rules = await siteRules(
      { redirects: [], headers: [], domains: [], env: {} } as unknown as SiteSpec,
      built.folder,
    );
    expect(rules).toEqual({ redirects: '', headers: '' });
    await built.discard();
    for (const output of ['folder', 'up', 'secret.txt', 'module']) {
      const work = buildSite(desired(source, { output }), run, { restored: false });
      await expect(work).rejects.toThrow('there is no file to serve');
    }
  });

  test('what a provider adds to a source is never written through a link', async () => {
    const { repository, outside, tree } = trapped();
    const source = (await gitSources(repository.root)).sourceFolder('web', tree);
    const wanted = { ...desired(source, { source: { dir: 'web', command: ['node', 'x.js'] } }) };
    const { bytes } = await archiveOf(wanted, new AbortController().signal);
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe(OUTSIDE);
    const into = folder();
    writeFileSync(join(into, 'x.tgz'), bytes);
    execFileSync('tar', ['-xzf', 'x.tgz'], { cwd: into });
    expect(lstatSync(join(into, 'Procfile')).isFile()).toBe(true);
    expect(readFileSync(join(into, 'Procfile'), 'utf8')).toBe('web: node x.js\n');
    // Links are packed as links: what they lead to stays here.
    expect(lstatSync(join(into, 'secret.txt')).isSymbolicLink()).toBe(true);
  });

  test('a config that is a link out of the repository is refused, and its target not shown', async () => {
    const { repository, outside } = trapped();
    symlinkSync(join(outside, 'secret.txt'), join(repository.root, 'flotilla.yml'));
    const store = await gitStore({ root: repository.root });
    const error = await store.read({ commit: null, environment: 'production' }).catch((one: unknown) => one as Error);
    expect(tagOf(error)).toBe('unsupported');
    expect((error as Error).message).toMatch(/^flotilla\.yml is a link that leads out of/);
    rmSync(join(repository.root, 'flotilla.yml'));
    repository.write({ 'real.yml': 'fleet: acme\n' });
    symlinkSync('real.yml', join(repository.root, 'flotilla.yml'));
    const inside = await store.read({ commit: null, environment: 'production' });
    expect(String(inside.config.get('flotilla.yml'))).toBe('fleet: acme\n');
  });

  test.each([
    ['source', 'services: { api: { source: { dir: "PATH" } } }'],
    ['dockerfile', 'services: { api: { source: { dir: a, dockerfile: "PATH" } } }'],
    ['output', 'sites: { web: { dir: web, output: "PATH" } }'],
    ['site', 'sites: { web: { dir: "PATH" } }'],
    ['migrations', 'databases: { main: { engine: postgres, migrations: "PATH" } }'],
  ])('a path in %s leads nowhere but down', async (_, yaml) => {
    for (const path of ['..', '../x', '/etc', 'a/../../x', './..', '..\\\\x', 'a\\u0000b', '-rf', '~/x', 'a/\\n/b']) {
      const text = `fleet: acme\nproviders: { local: {} }\n${yaml.replace('PATH', path)}\n`;
      const error = await readConfig(new Map([['flotilla.yml', text]])).catch((one: unknown) => one);
      // A tilde and a dash mean nothing: paths are joined, never handed to a shell or put where an option could stand.
      if (/^[-~]/.test(path)) continue;
      expect(error, path).toBeInstanceOf(ConfigError);
    }
  });
});

describe('names', () => {
  const named = (name: string) =>
    readConfig(
      new Map([['flotilla.yml', `fleet: acme\nservices:\n  ${JSON.stringify(name)}: { source: { image: a } }\n`]]),
    );
  test.each([
    '\u0430pi',
    'a\u200bpi',
    'ａpi',
    '\u202eipa',
    'API',
    'a_b',
    '-api',
    '__proto__',
    'constructor',
    '../x',
    'a\nb',
    '',
  ])('that look like others, hide something or mean something elsewhere are refused, and shown: %j', async (name) => {
    const error = await named(name).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(ConfigError);
    for (const { message, hint } of (error as ConfigError).problems)
      expect(`${message}${hint ?? ''}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('at a provider they are letters, digits and dashes, whatever they were', () => {
    for (const name of ['a.b', '$(id)', '--x', 'ü'.repeat(80), '*.acme.dev'])
      expect(identity('acme', 'production', `domain/${name}`)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$/);
  });
});

test('keys that pollute are data: in a config, and in files of the record', async () => {
  const polluting = `fleet: acme
providers: { local: {} }
services:
  api:
    source: { image: nginx }
    env: { __proto__: polluted, constructor: polluted, prototype: polluted }
`;
  await readConfig(new Map([['flotilla.yml', polluting]])).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
  });
  const made = '"id":"x","hash":"x","replicas":1,"references":{},"phase":"live","deployments":[]';
  const instance = `{${made},"spec":{"__proto__":{"polluted":1}},"outputs":{"constructor":"x"}}`;
  const resource = '"format":1,"address":"service/api","protect":false,"dependsOn":[]';
  const text = `{${resource},"instances":{"__proto__":${instance}},"__proto__":{"polluted":1}}`;
  const recorded = foldState(new Map([['production/resources/service/api.json', text]]), 'production');
  expect(Object.keys(recorded.resources.get('service/api')?.instances ?? {})).toEqual(['__proto__']);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.prototype).not.toHaveProperty('polluted');
});

test('the pull request of a stranger is told as text, gives the runner no command, and sees no secret', async () => {
  const token = 'owner-only-token';
  const evil =
    '\n::error::pwned\r::add-mask::fleet\n##[set-env name=PATH;]pwned\n@acme/admins #1 <img src=x> `x` ](//evil.example)';
  const world = await actionWorld({ token, secrets: { SANDBOX_CLOUD_TOKEN: token, API_KEY: 'owner-only-key' } });
  const { github, cloud, repository } = world;
  const head = { fleet: 'proof', providers: { sandbox: { endpoint: cloud.url } } };
  await world.push({
    '.github/workflows/flotilla.yml': workflowWith(['SANDBOX_CLOUD_TOKEN', 'API_KEY']),
    'flotilla.yml': JSON.stringify(head),
  });
  await github.settled();
  await github.fork('ada/proof', 'eve');
  const env = { EVIL: evil, LONG: 'y'.repeat(7_000) };
  const good = { ...head, services: { api: { source: { image: 'nginx' }, place: { on: ['sandbox'] }, env } } };
  const bad = { ...head, [evil]: 1, services: { [evil]: { source: { image: evil } } } };
  const branch = 'x`@acme/admins`';
  for (const [number, config] of [good, bad].entries()) {
    const files = { 'flotilla.yml': JSON.stringify(config), '`@acme`\u202e.txt': evil };
    await github.push('eve/proof', { branch, files, message: evil });
    if (number === 0)
      await world.api('POST', '/pulls', { title: evil, head: `eve:${branch}`, base: 'main', body: evil });
    await github.settled();
    const run = [...repository.runs.values()].at(-1);
    const conclusion = number === 0 ? 'success' : 'failure';
    expect(run).toMatchObject({ event: 'pull_request', conclusion });
    const [job] = run?.jobs ?? [];
    expect(job?.summary).toContain(number === 0 ? 'service/api' : 'flotilla.yml:1');
    const shown = (job?.summary ?? '').replace(/^(`{3,}).*\n[^]*?^\1$|<code>[^<]*<\/code>|`[^`\n]+`/gm, '');
    expect(shown).not.toMatch(/@acme|<img|\]\(\/\/|(^|\s)#1\b/);
    expect(job?.summary?.length).toBeLessThan(65_535);
    // What is annotated is a message of ours that quotes, never one that it wrote.
    for (const { message } of job?.annotations ?? []) expect(message).not.toMatch(/^\s*pwned/);
    expect(storedLog(run)).not.toMatch(/^(?:\s*::|##\[(?:error|set-env)[^\]]*\]\s*pwned)/m);
    expect(JSON.stringify([run?.jobs, world.lines])).not.toContain('owner-only');
  }
  // A mask on the word would have hidden it.
  expect(JSON.stringify(world.lines)).toContain('flotilla');
  expect(github.traffic.filter(({ requestBody }) => JSON.stringify(requestBody ?? '').includes('owner-only'))).toEqual(
    [],
  );
});
