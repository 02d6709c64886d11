import { wordOf } from '../detect.ts';
import { body, type Convert, type Draft, type Source } from './converted.ts';
import { parse } from './parse.ts';
import type { Settings } from './settings.ts';
import { duration, literal, pathFrom, pathIn, secret } from './values.ts';

/** `koyeb.yaml`: an app with its services, in the shapes that people write it in. */
export const fromKoyeb: Convert = (source) => {
  const root = parse('yaml', source);
  root.ignore('name');
  const app = typeof root.any('app') === 'object' ? root.map('app') : undefined;
  app?.ignore('name');
  const services = [...root.maps('services'), ...(app?.maps('services') ?? [])];
  const resources = services.map((service) => convertService(service, source));
  return { resources, providers: { koyeb: {} }, leftovers: root.leftovers(source.file) };
};

function convertService(service: Settings, source: Source): Draft {
  const name = wordOf(service.text('name') ?? '') || source.name;
  const type = service.text('type')?.toLowerCase();
  if (type === 'worker') service.drop('type', 'a worker is a service that nobody asks anything');
  else if (type !== undefined && type !== 'web') service.drop('type', 'Flotilla has services only');
  const regions = service.texts('regions') ?? service.texts('region') ?? [];
  if (regions.length > 1) service.drop('regions', 'a service runs in one region of a provider; the first is taken');
  for (const key of ['instance_type', 'instance_types', 'instance'])
    service.drop(key, 'how large the instances are is chosen at Koyeb; say resources:');
  for (const key of ['volumes', 'volume'])
    service.drop(key, 'Flotilla keeps no volumes: what is written there would be lost');
  const [port, ...otherPorts] = service.maps('ports');
  for (const other of otherPorts) other.refuse('a service listens on one port; the first is taken');
  port?.ignore('protocol');
  if (!['http', 'http2', undefined].includes(port?.text('protocol')))
    port?.drop('protocol', 'a service is reached by HTTP');
  for (const route of service.maps('routes')) {
    route.ignore('port');
    if ((route.text('path') ?? '/') !== '/') route.drop('path', 'a service answers at all paths of its address');
  }
  const scaling = ['scaling', 'scalings'].map((key) => service.map(key));
  const least = scaling
    .map((one) => one.number('min') ?? one.number('min_instances'))
    .find((count) => count !== undefined);
  if (least === 0)
    for (const one of scaling) one.drop('min', 'replicas are a fixed number, and do not follow the load');
  return {
    kind: 'service',
    name,
    from: service.path,
    body: body({
      source: sourceOf(service, source),
      port: port?.number('port'),
      env: environment(service),
      health: healthOf(service),
      replicas: least || undefined,
      place: regions[0] === undefined ? undefined : { region: regions[0] },
    }),
  };
}

function sourceOf(service: Settings, { dir, found }: Source) {
  const docker = service.has('docker') ? service.map('docker') : undefined;
  const image = service.text('image') ?? docker?.text('image');
  const run = docker?.command('command') ?? service.command('command');
  const words = typeof run === 'string' ? literal(run) : run?.map(literal);
  if (image !== undefined) return body({ image, command: words });
  const [git, build] = [service.map('git'), service.map('build')];
  for (const key of ['repository', 'url', 'branch', 'sha', 'tag', 'no_deploy_on_push'])
    git.drop(key, 'a fleet is made from the repository that it stands in, at the commit that is applied');
  git.drop('buildpack', 'buildpacks are not run: say build: and command:');
  const root = pathIn(dir, git.text('workdir') ?? build.text('context') ?? '.');
  const builders = [git.text('builder'), build.text('type'), build.text('builder')];
  const isDocker = builders.some((word) => word?.startsWith('docker'));
  const dockerfile = git.text('dockerfile') ?? build.text('dockerfile');
  const command = git.command('run_command') ?? words;
  if (isDocker || dockerfile !== undefined)
    return body({ dir: root, dockerfile: pathFrom(root, pathIn(root, dockerfile ?? 'Dockerfile')), command });
  const line = git.text('build_command') ?? found?.build;
  return body({ dir: root, build: line === undefined ? undefined : literal(line), command });
}

/** Variables by `name` or `key`, with a value, or a secret of Koyeb; or a list of `NAME=value`. */
function environment(service: Settings): Record<string, string> {
  const given = service.any('env');
  const texts =
    Array.isArray(given) && given.every((entry) => typeof entry === 'string') ? service.texts('env') : undefined;
  if (texts)
    return Object.fromEntries(texts.map((text) => [text.split('=')[0], valueOf(text.split('=').slice(1).join('='))]));
  if (!Array.isArray(given) && given !== undefined)
    return Object.fromEntries(Object.entries(service.variables('env')).map(([name, text]) => [name, valueOf(text)]));
  return Object.fromEntries(
    service.maps('env').flatMap((variable): [string, string][] => {
      const name = variable.text('name') ?? variable.text('key');
      variable.ignore('scopes', 'type');
      if (name === undefined) return [];
      const kept = variable.text('secret');
      return [[name, kept === undefined ? valueOf(variable.text('value') ?? '') : secret(kept)]];
    }),
  );
}

/** `{{ secret.NAME }}` and `@NAME` are secrets of Koyeb. */
function valueOf(text: string): string {
  const [, name] = /^\{\{\s*secret\.([\w-]+)\s*\}\}$/.exec(text) ?? /^@([\w-]+)$/.exec(text) ?? [];
  return name === undefined ? literal(text) : secret(name);
}

/** The first check that asks a path, in one of three shapes. */
function healthOf(service: Settings) {
  for (const key of ['health_checks', 'health_check', 'healthcheck']) {
    const given = service.any(key);
    if (given === undefined) continue;
    for (const check of service.maps(key)) {
      const http = check.has('http') ? check.map('http') : check;
      for (const one of [check, http]) one.ignore('port', 'type', 'protocol', 'method');
      const path = http.text('path');
      if (path === undefined) {
        check.refuse('health is asked at a path, and this check names none');
        continue;
      }
      const [every, timeout, grace] = [
        ['interval', 'check_interval'],
        ['timeout', 'timeout_seconds'],
        ['grace_period', 'initial_delay_seconds'],
      ].map((names) =>
        names.map((name) => duration(check, name) ?? duration(http, name)).find((value) => value !== undefined),
      );
      return body({ path, every, timeout, grace });
    }
  }
  return undefined;
}
