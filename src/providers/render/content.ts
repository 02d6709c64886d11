import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceSpec, SiteSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import type { Account, Desired } from '../../provider-kit/provider.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import type { ServiceBody, ServiceType, What } from './api.ts';
import { refuses } from './refuses.ts';
import { regionOf } from './regions.ts';

/** What a service or a site is at Render. */
export interface Content {
  create: ServiceBody & { type: ServiceType };
  update: ServiceBody;
  env: Record<string, string>;
  what: What;
  /** Commit that its deploys have to be of; null for images. */
  commit: string | null;
  /** Of a site: replaced as a whole. */
  rules?: { routes: unknown[]; headers: unknown[] };
}

export async function serviceContent(desired: Desired, account: Account): Promise<Content> {
  const spec = desired.spec as unknown as ServiceSpec;
  const plan = String(account.options['plan'] ?? 'free');
  requireOffered(desired, refuses(desired, account.options));
  const { image } = spec.source;
  const made =
    image === undefined ? await fromGit(desired, spec.source, account) : fromImage(image, spec.source.command);
  const { runtime, envSpecificDetails, ...from } = made;
  const shared = { plan, runtime, ...(envSpecificDetails ? { envSpecificDetails } : {}) };
  const replicas = desired.replicas > 1 ? { numInstances: desired.replicas } : {};
  const health = spec.health ? { healthCheckPath: spec.health.path } : {};
  return {
    create: {
      type: 'web_service',
      autoDeploy: 'no',
      ...from,
      serviceDetails: { ...shared, ...replicas, ...health, region: regionOf(desired.region) },
    },
    update: {
      autoDeploy: 'no',
      ...from,
      serviceDetails: { ...shared, healthCheckPath: spec.health?.path ?? '' },
    },
    env: { ...spec.env, ...(spec.port === undefined ? {} : { PORT: String(spec.port) }) },
    ...pinned(desired, image),
  };
}

export async function siteContent(desired: Desired, account: Account): Promise<Content> {
  const spec = desired.spec as unknown as SiteSpec;
  requireOffered(desired, refuses(desired, account.options));
  const routes = spec.redirects.map(({ from, to }) => ({ type: 'redirect', source: from, destination: to }));
  if (spec.fallback) routes.push({ type: 'rewrite', source: '/*', destination: `/${spec.fallback}` });
  const headers = spec.headers.flatMap((rule) =>
    Object.entries(rule.values).map(([name, value]) => ({ path: rule.for, name, value })),
  );
  // Paths are said from the root of the repository, because what they count from with a `rootDir` differs by field.
  const folder = inRepository(spec.dir);
  const enter = folder === '.' ? '' : `cd ${quoted(folder)} && `;
  const details = {
    buildCommand: spec.build ? `${enter}${spec.build}` : '',
    publishPath: spec.output ? `${folder}/${spec.output}` : folder,
  };
  const from = { autoDeploy: 'no', repo: repositoryOf(desired, account) } as const;
  return {
    create: { type: 'static_site', ...from, serviceDetails: { ...details, routes, headers } },
    update: { ...from, serviceDetails: details },
    env: spec.env,
    rules: { routes, headers },
    ...pinned(desired, undefined),
  };
}

function pinned(desired: Desired, image: string | undefined): Pick<Content, 'what' | 'commit'> {
  if (image !== undefined) return { what: { imageUrl: image }, commit: null };
  if (desired.commit !== null) return { what: { commitId: desired.commit }, commit: desired.commit };
  return refuse(desired, 'Render builds commits that are on GitHub, and this is none', 'commit and push it');
}

function fromImage(imagePath: string, command: string[] | undefined) {
  const details = command ? { envSpecificDetails: { dockerCommand: commandLine(command) } } : {};
  return { image: { imagePath }, runtime: 'image', ...details };
}

async function fromGit(desired: Desired, source: ServiceSpec['source'], account: Account) {
  const repo = repositoryOf(desired, account);
  const folder = inRepository(source.dir ?? '.');
  const runtime = await runtimeOf(desired, source);
  if (runtime === 'docker') {
    const dockerfilePath = `${folder}/${source.dockerfile ?? 'Dockerfile'}`;
    const command = source.command ? { dockerCommand: commandLine(source.command) } : {};
    return { repo, runtime, envSpecificDetails: { dockerfilePath, dockerContext: folder, ...command } };
  }
  const node = runtime === 'node';
  if (!source.command && !node) refuse(desired, `it does not say what to start`, 'set source.command');
  const envSpecificDetails = {
    buildCommand: source.build ?? (node ? 'npm install' : ':'),
    startCommand: source.command ? commandLine(source.command) : 'npm start',
  };
  return { repo, runtime, rootDir: folder === '.' ? '' : folder.slice(2), envSpecificDetails };
}

/** Render's runtimes, by the file that shows each. */
const RUNTIMES: [file: string, runtime: string][] = [
  ['package.json', 'node'],
  ['requirements.txt', 'python'],
  ['pyproject.toml', 'python'],
  ['go.mod', 'go'],
  ['Gemfile', 'ruby'],
  ['Cargo.toml', 'rust'],
  ['mix.exs', 'elixir'],
];

async function runtimeOf(desired: Desired, source: ServiceSpec['source']): Promise<string> {
  if (source.dockerfile) return 'docker';
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-source-'));
  try {
    await desired.source?.materialise(folder);
    const files = new Set(await readdir(folder));
    if (files.has('Dockerfile') && !source.build) return 'docker';
    const found = RUNTIMES.find(([file]) => files.has(file));
    if (found) return found[1];
    const seen = RUNTIMES.map(([file]) => file).join(', ');
    return refuse(desired, `nothing in its folder shows what it runs on (${seen})`, 'add a Dockerfile');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function repositoryOf(desired: Desired, { name, options, repository }: Account): string {
  const known = options['repository'] ?? repository;
  if (typeof known === 'string') return `https://github.com/${known}`;
  return refuse(desired, 'Render builds from GitHub', `set providers.${name}.repository to owner/name`);
}

/** `./services/api`; the root is `.`. */
function inRepository(dir: string): string {
  const folder = dir.split('/').filter((part) => part !== '' && part !== '.');
  return folder.length === 0 ? '.' : `./${folder.join('/')}`;
}

/** One line for a shell. */
function commandLine(words: string[]): string {
  const [shell, flag, line] = words;
  return words.length === 3 && shell === 'sh' && flag === '-c' && line ? line : words.map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function refuse({ address }: Desired, why: string, mend: string): never {
  throw new UnsupportedError(`${address}: ${why}`, { mend });
}
