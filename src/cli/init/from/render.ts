import { body, type Convert, type Draft, type Source } from './converted.ts';
import { parse } from './parse.ts';
import type { Settings } from './settings.ts';
import { literal, pathFrom, pathIn, pathPattern, secret } from './values.ts';
import { wordOf } from '../detect.ts';

/** Outputs of Flotilla by the property names that Render's references use. */
const OUTPUTS: Record<'database' | 'service' | 'site', ReadonlyMap<string, readonly string[]>> = {
  database: new Map([
    ['connectionString', ['url']],
    ['connectionURI', ['url']],
    ['host', ['host']],
    ['port', ['port']],
    ['hostport', ['host', 'port']],
    ['user', ['user']],
    ['password', ['password']],
    ['database', ['name']],
  ]),
  service: new Map([
    ['host', ['host']],
    ['port', ['port']],
    ['hostport', ['host', 'port']],
  ]),
  site: new Map([['host', ['host']]]),
};
type Target = keyof typeof OUTPUTS;

/** `render.yaml`, a blueprint: services of every type, databases and groups of variables. */
export const fromRender: Convert = (source) => {
  const root = parse('yaml', source);
  const services = root.maps('services');
  const caches = new Set(services.flatMap((service) => (isCache(service) ? [service.text('name') ?? ''] : [])));
  const sites = new Set(services.flatMap((service) => (isSite(service) ? [service.text('name') ?? ''] : [])));
  const groups = new Map(root.maps('envVarGroups').map((group) => [group.text('name') ?? '', group.maps('envVars')]));
  const kindOf = (name: string): Target => (caches.has(name) ? 'database' : sites.has(name) ? 'site' : 'service');
  const variables = (service: Settings) => environment(service, groups, kindOf);
  const resources = [
    ...services.flatMap((service) => convertService(service, source, variables)),
    ...root.maps('databases').map((database) => convertDatabase(database)),
  ];
  root.drop('previews', 'previews are an environment with pull_requests: true');
  root.drop('projects', 'only services outside projects are read');
  return { resources, providers: { render: {} }, leftovers: root.leftovers(source.file) };
};

const isCache = (service: Settings): boolean => ['redis', 'keyvalue'].includes(service.text('type') ?? '');
const isSite = (service: Settings): boolean =>
  service.text('type') === 'static' || [service.text('runtime'), service.text('env')].includes('static');

function convertService(
  service: Settings,
  source: Source,
  variables: (of: Settings) => Record<string, string>,
): Draft[] {
  const name = wordOf(service.text('name') ?? '') || source.name;
  const type = service.text('type') ?? 'web';
  const region = service.text('region');
  const place = region === undefined ? undefined : { region };
  const root = pathIn(source.dir, service.text('rootDir') ?? '.');
  const from = service.path;
  for (const key of ['autoDeploy', 'autoDeployTrigger', 'branch'])
    service.drop(key, 'a push to the environment’s branch applies, see environments:');
  service.drop('repo', 'a fleet is made from the repository that it stands in');
  service.drop('plan', 'how large the instances are is chosen at Render');
  service.drop('buildFilter', 'a resource is deployed when its folder changes');
  service.drop('disk', 'Flotilla keeps no disks: what is written there would be lost');
  for (const key of ['previews', 'pullRequestPreviewsEnabled'])
    service.drop(key, 'previews are an environment with pull_requests: true');

  if (isCache(service)) {
    service.drop('maxmemoryPolicy', 'a database has no policy of eviction');
    return [{ kind: 'database', name, from, body: body({ engine: 'redis', place }) }];
  }
  if (isSite(service))
    return [{ kind: 'site', name, from, body: { ...site(service, root, variables), ...(place && { place }) } }];
  const made = sourceOf(service, source, root, type === 'cron');
  const env = variables(service);
  if (type === 'cron')
    return [{ kind: 'job', name, from, body: body({ source: made, schedule: service.text('schedule'), env, place }) }];
  if (type === 'pserv') service.drop('type', 'there is no private network: it is a service like the others');
  if (type === 'worker') service.drop('type', 'a worker is a service that nobody asks anything');
  const path = service.text('healthCheckPath');
  const scaling = service.map('scaling');
  const replicas = service.number('numInstances') ?? scaling.number('minInstances');
  const domains = [...(service.texts('domains') ?? []), ...(service.texts('domain') ?? [])];
  service.drop('preDeployCommand', 'there is no command before a deployment; a database has migrations:');
  return [
    {
      kind: 'service',
      name,
      from,
      body: body({ source: made, env, health: path === undefined ? undefined : { path }, replicas, domains, place }),
    },
  ];
}

/** What a service runs: an image, a Dockerfile, or commands of the runtime. */
function sourceOf(service: Settings, source: Source, root: string, isJob: boolean) {
  const runtime = service.text('runtime') ?? service.text('env');
  const start = service.command('startCommand') ?? service.command('dockerCommand');
  const command = start === undefined ? undefined : typeof start === 'string' ? literal(start) : start.map(literal);
  if (runtime === 'image' || service.has('image')) {
    const image = service.map('image').text('url');
    return body({ image, command });
  }
  if (runtime === 'docker') {
    const context = service.text('dockerContext');
    const dir = context === undefined ? root : pathIn(root, context);
    const dockerfile = pathFrom(dir, pathIn(root, service.text('dockerfilePath') ?? 'Dockerfile'));
    return body({ dir, dockerfile, command });
  }
  const build = service.text('buildCommand') ?? (isJob ? undefined : source.found?.build);
  return body({ dir: root, build: build?.trim() ? literal(build.trim()) : undefined, command });
}

function site(service: Settings, dir: string, variables: (of: Settings) => Record<string, string>) {
  const build = service.text('buildCommand')?.trim();
  const output = service.text('staticPublishPath');
  let fallback: string | undefined;
  const redirects = service.maps('routes').flatMap((route) => {
    const [type, from, to] = [route.text('type'), route.text('source') ?? '', route.text('destination') ?? ''];
    if (type === 'rewrite' && from === '/*' && /^\/[^:*]+$/.test(to)) {
      fallback = to.slice(1);
      return [];
    }
    const pattern = pathPattern(from);
    if (type === 'redirect' && pattern !== undefined && !/[:*]/.test(to)) return [{ from: pattern, to, status: 301 }];
    route.refuse(
      type === 'rewrite'
        ? 'only /* can be rewritten, as fallback:'
        : 'redirects know * at the end only, and none in the target',
    );
    return [];
  });
  const headers = service.maps('headers').map((header) => ({
    for: header.text('path') ?? '/*',
    values: { [header.text('name') ?? '']: header.text('value') ?? '' },
  }));
  const domains = [...(service.texts('domains') ?? []), ...(service.texts('domain') ?? [])];
  return body({
    dir,
    build,
    output: output === undefined ? undefined : pathIn('.', output),
    env: variables(service),
    redirects,
    headers,
    domains,
    fallback,
  });
}

function convertDatabase(database: Settings): Draft {
  const name = wordOf(database.text('name') ?? '') || 'main';
  const region = database.text('region');
  const version = database.text('postgresMajorVersion');
  for (const key of ['databaseName', 'user'])
    database.drop(key, 'the provider chooses it; refer to it by ${database.…}');
  database.drop('plan', 'how large it is is chosen at Render');
  database.drop('ipAllowList', 'who may connect is set at Render');
  return {
    kind: 'database',
    name,
    from: database.path,
    body: body({ engine: 'postgres', version, place: region === undefined ? undefined : { region } }),
  };
}

function environment(
  service: Settings,
  groups: ReadonlyMap<string, Settings[]>,
  kindOf: (service: string) => Target,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const variable of service.maps('envVars')) {
    const group = variable.text('fromGroup');
    if (group !== undefined) {
      const members = groups.get(group);
      if (!members) variable.drop('fromGroup', 'the file has no group of this name');
      for (const member of members ?? []) Object.assign(env, variableOf(member, kindOf));
    } else Object.assign(env, variableOf(variable, kindOf));
  }
  return env;
}

/** One variable: a value, a reference, or a secret that the file does not hold. */
function variableOf(variable: Settings, kindOf: (service: string) => Target): Record<string, string> {
  const key = variable.text('key');
  if (key === undefined) return {};
  const value = variable.text('value');
  if (value !== undefined) return { [key]: literal(value) };
  if (variable.flag('sync') === false) return { [key]: secret(key) };
  if (variable.flag('generateValue')) {
    variable.drop('generateValue', `values are not made up: set the secret ${key}`);
    return { [key]: secret(key) };
  }
  const isDatabase = variable.has('fromDatabase');
  const from = variable.map(isDatabase ? 'fromDatabase' : 'fromService');
  const name = from.text('name');
  const kind = isDatabase ? 'database' : kindOf(name ?? '');
  const property = from.text('property') ?? '';
  from.ignore('type');
  const outputs = OUTPUTS[kind].get(property);
  if (name !== undefined && outputs)
    return { [key]: outputs.map((output) => `\${${kind}.${wordOf(name)}.${output}}`).join(':') };
  if (name !== undefined)
    from.drop(property ? 'property' : 'envVarKey', 'another resource has outputs only, such as its url');
  return {};
}
