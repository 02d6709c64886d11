import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import type { Account, Desired } from '../../provider-kit/provider.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import type { Definition } from './api.ts';
import { markVariables } from './mark.ts';
import { refuses } from './refuses.ts';
import { regionOf } from './regions.ts';

/** What Koyeb gives as PORT when nobody names one. */
const PORT = 8000;

/** A service as Koyeb is told it. @throws UnsupportedError for what Koyeb or this release cannot do. */
export async function definitionOf(desired: Desired, account: Account): Promise<Definition> {
  const spec = desired.spec as unknown as ServiceSpec;
  const { source, port = PORT, health, rollout } = spec;
  const instance = String(account.options['instance'] ?? 'free');
  requireOffered(desired, refuses(desired, account.options));
  const env = { ...spec.env, PORT: String(port), ...markVariables(desired) };
  const http = health && { port, path: health.path };
  return {
    name: desired.identity,
    type: 'WEB',
    ...(source.image === undefined ? { git: await git(desired, source, account) } : { docker: docker(source) }),
    env: Object.entries(env).map(([key, value]) => ({ key, value })),
    ports: [{ port, protocol: 'http' }],
    routes: [{ port, path: '/' }],
    regions: [regionOf(desired.region)],
    instance_types: [{ type: instance }],
    scalings: [{ min: desired.replicas, max: desired.replicas }],
    ...(http ? { health_checks: [{ http, grace_period: health.graceSeconds, timeout: health.timeoutSeconds }] } : {}),
    ...(rollout?.strategy === 'rolling' ? { strategy: { type: 'DEPLOYMENT_STRATEGY_TYPE_ROLLING' } } : {}),
  };
}

function docker({ image, command }: ServiceSpec['source']) {
  return { image, ...words(command) };
}

async function git(desired: Desired, source: ServiceSpec['source'], { name, options, repository }: Account) {
  const known = options['repository'] ?? repository;
  if (typeof known !== 'string')
    refuse(desired, 'Koyeb builds from GitHub', `set providers.${name}.repository to owner/name`);
  if (desired.commit === null)
    refuse(desired, 'Koyeb builds commits that are on GitHub, and this is none', 'commit and push it');
  const folder = (source.dir ?? '.').split('/').filter((part) => part !== '' && part !== '.');
  const dockerfile = source.dockerfile ?? (source.build ? undefined : await dockerfileIn(desired));
  const buildpack = {
    ...(source.build ? { build_command: source.build } : {}),
    ...(source.command ? { run_command: line(source.command) } : {}),
  };
  return {
    repository: `github.com/${known}`,
    branch: String(options['branch'] ?? 'main'),
    sha: desired.commit,
    no_deploy_on_push: true,
    ...(folder.length > 0 ? { workdir: folder.join('/') } : {}),
    ...(dockerfile ? { docker: { dockerfile, ...words(source.command) } } : { buildpack }),
  };
}

async function dockerfileIn({ source }: Desired): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-source-'));
  try {
    await source?.materialise(folder);
    return (await readdir(folder)).find((name) => name === 'Dockerfile');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function words(command: string[] | undefined) {
  const [first, ...args] = command ?? [];
  return first === undefined ? {} : { command: first, ...(args.length > 0 ? { args } : {}) };
}

function line(command: string[]): string {
  const [shell, flag, text] = command;
  if (command.length === 3 && shell === 'sh' && flag === '-c' && text) return text;
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

function refuse({ address }: Desired, why: string, mend: string): never {
  throw new UnsupportedError(`${address}: ${why}`, { mend });
}
