import { wordOf } from '../detect.ts';
import { body, type Convert, type Draft, type Source } from './converted.ts';
import { resolve, type Named } from './compose-values.ts';
import { parse } from './parse.ts';
import { Settings } from './settings.ts';
import { duration, literal, memory, pathFrom, pathIn } from './values.ts';

/** Images that are databases. A container of one would lose its data with its machine. */
const ENGINES: [image: RegExp, engine: string][] = [
  [/^(postgres|postgis\/postgis|timescale\/timescaledb(-ha)?|pgvector\/pgvector|bitnami\/postgresql)$/, 'postgres'],
  [/^(mysql|mariadb|bitnami\/(mysql|mariadb))$/, 'mysql'],
  [/^(mongo|bitnami\/mongodb)$/, 'mongodb'],
  [/^(redis|redis\/redis-stack(-server)?|valkey\/valkey|bitnami\/redis)$/, 'redis'],
];

const VOLUMES = 'Flotilla keeps no volumes: what is written there would be lost';
const NETWORKS = 'there is no private network: services reach each other by references such as ${service.api.url}';
const ORDER = 'what waits for what follows from references';

/** `docker-compose.yml` and `compose.yaml`: a service for each, and a database for each image of one. */
export const fromCompose: Convert = (source) => {
  const root = parse('yaml', source);
  // Extensions are there to be merged into services, which has been done.
  root.ignore('version', 'name', ...root.keys().filter((key) => key.startsWith('x-')));
  const all = root.named('services');
  const named: Named = new Map(
    all.map(([key, service]) => [
      key,
      { kind: engineOf(service) ? ('database' as const) : ('service' as const), name: wordOf(key) || source.name },
    ]),
  );
  const resources = all.map(([key, service]) => {
    const { name } = named.get(key) ?? { name: source.name };
    service.drop('networks', NETWORKS);
    service.drop('volumes', VOLUMES);
    service.drop('depends_on', ORDER);
    service.drop('container_name', 'names at providers are made by Flotilla');
    service.drop('restart', 'providers start a service that ended again by themselves');
    service.drop('profiles', 'a fleet has no profiles: see environments:');
    return engineOf(service) ? database(service, name) : convertService(service, name, source, named);
  });
  root.drop('volumes', VOLUMES);
  root.drop('networks', NETWORKS);
  for (const key of ['secrets', 'configs'])
    root.drop(key, 'secrets are named in env: as ${secret.NAME}, and files belong to the source');
  return { resources, providers: { docker: {} }, leftovers: root.leftovers(source.file) };
};

function engineOf(service: Settings): string | undefined {
  if (service.has('build')) return undefined;
  const image = (service.text('image') ?? '').replace(/^(docker\.io\/)?(library\/)?/, '').replace(/[:@].*$/, '');
  return ENGINES.find(([pattern]) => pattern.test(image))?.[1];
}

function database(service: Settings, name: string): Draft {
  const version = /:v?(\d+(?:\.\d+)*)/.exec(service.text('image') ?? '')?.[1];
  service.drop('environment', 'name, user and password are made by the provider; refer to them by ${database.…}');
  service.drop('env_file', 'name, user and password are made by the provider; refer to them by ${database.…}');
  service.drop('ports', 'a database is reached at the address that its provider gives it');
  service.drop('healthcheck', 'its provider looks after a database');
  service.drop('command', 'a database is set up by its provider');
  return { kind: 'database', name, from: service.path, body: body({ engine: engineOf(service), version }) };
}

function convertService(service: Settings, name: string, source: Source, named: Named): Draft {
  const command = service.command('command');
  const made = sourceOf(service, source.dir);
  service.drop('entrypoint', 'the entrypoint is the image’s own; say command:');
  service.drop('env_file', 'variables stand in env:, secrets as ${secret.NAME}');
  const deploy = service.map('deploy');
  const limits = deploy.map('resources').map('limits');
  const resources = body({
    cpu: limits.number('cpus') ?? service.number('cpus'),
    memory: memory(limits, 'memory') ?? memory(service, 'mem_limit'),
  });
  const replicas = deploy.number('replicas') ?? service.number('scale');
  return {
    kind: 'service',
    name,
    from: service.path,
    body: body({
      source: body({
        ...made,
        command: command === undefined ? undefined : typeof command === 'string' ? plain(command) : command.map(plain),
      }),
      port: portOf(service),
      env: environment(service, named),
      health: healthOf(service),
      resources,
      replicas,
    }),
  };
}

/** A command in which the shell of the container shall see its own variables. */
function plain(text: string): string {
  return literal(text.replaceAll('$$', '$'));
}

function sourceOf(service: Settings, dir: string) {
  if (!service.has('build')) return { image: service.text('image') };
  service.drop('image', 'it is built from its folder');
  const short = typeof service.any('build') === 'string' ? service.text('build') : undefined;
  const build = short === undefined ? service.map('build') : new Settings({});
  build.drop('args', 'arguments of a build are not passed on');
  build.drop('target', 'the last stage of the Dockerfile is built');
  const context = pathIn(dir, short ?? build.text('context') ?? '.');
  return { dir: context, dockerfile: pathFrom(context, pathIn(context, build.text('dockerfile') ?? 'Dockerfile')) };
}

/** The container's side of the first port. */
function portOf(service: Settings): number | undefined {
  const list = [service.any('ports')].flat().filter((entry) => entry !== undefined && entry !== null);
  const [exposed, ...others] = service.texts('expose') ?? [];
  if (others.length > 0 || (list.length > 0 && exposed !== undefined))
    service.drop('expose', 'a service listens on one port');
  const ports = list.map((entry): number => {
    if (typeof entry === 'object') return Number(new Settings(entry).number('target'));
    return Number(/(?:^|[:}])(\d+)(?:\/tcp)?$/.exec(String(entry))?.[1]);
  });
  const [first] = ports;
  const published = list.some((entry) => typeof entry === 'object' || /\d:/.test(String(entry)));
  if (published) service.drop('ports', 'the port outside is the provider’s to choose; the one inside is carried over');
  if (ports.length > 1)
    service.drop('ports', 'a service listens on one port, which its provider publishes; the first is taken');
  else if (Number.isNaN(first)) service.drop('ports', 'a port is a number, of TCP');
  return Number.isNaN(first ?? Number(exposed)) ? undefined : (first ?? Number(exposed));
}

/** `environment` is a map, or a list of `NAME=value`; a name alone is taken from outside. */
function environment(service: Settings, named: Named): Record<string, string> {
  const given = service.any('environment');
  const lost: string[] = [];
  if (given !== undefined && typeof given !== 'object') lost.push('a map or a list was expected here');
  const pairs: [string, string | undefined][] = Array.isArray(given)
    ? given.map((entry: unknown) => {
        if (typeof entry === 'object') lost.push('an entry of a list is NAME=value');
        const [name = '', ...rest] = String(entry).split('=');
        return [name, rest.length > 0 ? rest.join('=') : undefined];
      })
    : Object.entries(typeof given === 'object' && given !== null ? given : {}).map(
        ([name, value]: [string, unknown]) => {
          if (value !== null && typeof value === 'object') lost.push(`${name} is no text`);
          return [name, value === null || typeof value === 'object' ? undefined : String(value)];
        },
      );
  const env = pairs.map(([name, text]): [string, string] => {
    if (text === undefined) return [name, `\${secret.${name.replace(/\W/g, '_')}}`];
    const resolved = resolve(text, name, named);
    if (resolved.lost) lost.push(`${name}: ${resolved.lost}`);
    return [name, resolved.value];
  });
  if (lost.length > 0) service.drop('environment', lost.join('. '));
  return Object.fromEntries(env);
}

/** A check that asks a path of the service itself. */
function healthOf(service: Settings) {
  if (!service.has('healthcheck')) return undefined;
  const check = service.map('healthcheck');
  const path = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\S*?)?(\/[^\s'"|&;)]*)/.exec(
    check.texts('test')?.join(' ') ?? '',
  )?.[1];
  if (path === undefined) {
    service.drop('healthcheck', 'health is asked at a path, and this check names none');
    return undefined;
  }
  check.drop('disable', 'a check that is off is left out');
  const [every, timeout, grace] = ['interval', 'timeout', 'start_period'].map((key) => duration(check, key));
  return body({ path, every, timeout, grace, fail_after: check.number('retries') });
}
