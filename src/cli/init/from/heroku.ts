import { UsageError } from '../../usage-error.ts';
import { wordOf } from '../detect.ts';
import { body, type Convert, type Draft, type Leftover, type Source } from './converted.ts';
import { LONGEST, parse } from './parse.ts';
import { Settings } from './settings.ts';
import { literal, secret } from './values.ts';

/** Add-ons that are databases, with the variable that holds their address. */
const ADDONS: [plan: RegExp, engine: string, name: string, variable: string][] = [
  [/^heroku-postgresql\b/, 'postgres', 'main', 'DATABASE_URL'],
  [/^(heroku-redis|heroku-key-value-store|rediscloud)\b/, 'redis', 'cache', 'REDIS_URL'],
  [/^(jawsdb|cleardb)\b/, 'mysql', 'main', 'DATABASE_URL'],
];

/** Whether an `app.json` is Heroku's: mobile apps have one as well. */
export function isHerokuApp(text: string): boolean {
  return /"(formation|addons|buildpacks|stack|env|scripts|environments)"\s*:/.test(text) && !/"expo"\s*:/.test(text);
}

/** `Procfile` and `app.json`: a service for each process, with the app's variables and add-ons. */
export const fromHeroku: Convert = (source) => {
  const app = appOf(source);
  const { processes, leftovers } = procfile(source);
  const env: Record<string, string> = {};
  const databases: Draft[] = [];
  for (const [plan, where] of addons(app, beside(source, 'app.json'), leftovers)) {
    const [, engine, base, variable] = ADDONS.find(([pattern]) => pattern.test(plan)) ?? [];
    if (engine === undefined || base === undefined || variable === undefined) {
      leftovers.push({ file: beside(source, 'app.json'), path: where, why: `the add-on ${plan} has no equal` });
      continue;
    }
    const name = databases.some((one) => one.name === base) ? `${base}-${databases.length + 1}` : base;
    databases.push({ kind: 'database', name, from: where, body: { engine } });
    env[variable] = `\${database.${name}.url}`;
  }
  Object.assign(env, variables(app));
  const formation = new Map(app.named('formation'));
  const { dir, found } = source;
  const docker = source.beside('Dockerfile') !== undefined && processes.size === 0;
  const build = found?.build;
  const services = [...(docker ? new Map([['web', undefined]]) : processes)].map(([type, command]): Draft => {
    const size = formation.get(type);
    size?.drop('size', 'how large the instances are is chosen at Heroku');
    const replicas = size?.number('quantity');
    if (!docker && build === undefined)
      leftovers.push({
        file: beside(source, 'Procfile'),
        path: type,
        why: 'how it is built is found out by Heroku: say build:',
      });
    const made = docker
      ? { dir, dockerfile: 'Dockerfile' }
      : { dir, build, command: command === undefined ? undefined : literal(command) };
    return {
      kind: 'service',
      name: type === 'web' ? source.name : wordOf(type) || source.name,
      from: type,
      body: body({ source: body(made), env, replicas }),
    };
  });
  const why = 'it is built by what build: says, not by buildpacks';
  app.drop('buildpacks', why);
  app.drop('stack', why);
  app.drop('scripts', 'there is no command after a deployment; a database has migrations:');
  app.drop('environments', 'what differs in an environment stands under environments:');
  return {
    resources: [...services, ...databases],
    providers: { heroku: {} },
    leftovers: [...leftovers, ...app.leftovers(beside(source, 'app.json'))],
  };
};

const beside = ({ dir }: Source, name: string): string => (dir === '.' ? name : `${dir}/${name}`);

function appOf(source: Source): Settings {
  const text = source.file.endsWith('app.json') ? source.text : source.beside('app.json');
  if (text === undefined || !isHerokuApp(text)) return new Settings({});
  const app = parse('json', { file: beside(source, 'app.json'), text });
  app.ignore('$schema', 'name', 'description', 'keywords', 'repository', 'website', 'logo', 'success_url', 'kind');
  return app;
}

/** Lines `type: command`. */
function procfile(source: Source): { processes: Map<string, string>; leftovers: Leftover[] } {
  const file = beside(source, 'Procfile');
  const text = source.file.endsWith('Procfile') ? source.text : (source.beside('Procfile') ?? '');
  if (text.length > LONGEST)
    throw new UsageError(
      `${file} has more than ${LONGEST} characters`,
      `move ${file} away, or choose another by --from`,
    );
  const processes = new Map<string, string>();
  const leftovers: Leftover[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, type, command] = /^\s*([\w-]+)\s*:\s*(\S.*)$/.exec(line) ?? [];
    if (type === undefined || command === undefined)
      leftovers.push({ file, path: `line ${index + 1}`, why: 'this is not "type: command"' });
    else if (type === 'release')
      leftovers.push({ file, path: type, why: 'there is no command before a deployment; a database has migrations:' });
    else processes.set(type, command.trim());
  }
  return { processes, leftovers };
}

/** Plans of the add-ons, as text or as `{ plan }`, with where they stand. */
function addons(app: Settings, file: string, leftovers: Leftover[]): [plan: string, where: string][] {
  const list = app.any('addons');
  if (list === undefined) return [];
  return (Array.isArray(list) ? list : [list]).flatMap((item: unknown, index): [string, string][] => {
    const where = `addons[${index}]`;
    if (typeof item === 'string') return [[item, where]];
    const addon = new Settings(item, where);
    const plan = addon.text('plan');
    leftovers.push(...addon.leftovers(file));
    if (plan !== undefined) return [[plan, where]];
    leftovers.push({ file, path: where, why: 'an add-on names its plan' });
    return [];
  });
}

function variables(app: Settings): Record<string, string> {
  const all = app.map('env');
  const env: Record<string, string> = {};
  for (const name of all.keys()) {
    if (all.any(name) === null || typeof all.any(name) !== 'object') {
      const text = all.text(name);
      if (text !== undefined) env[name] = literal(text);
      continue;
    }
    const one = all.map(name);
    one.ignore('description', 'required');
    const value = one.text('value');
    if (one.has('generator')) one.drop('generator', `values are not made up: set the secret ${name}`);
    if (value !== undefined && value !== '') env[name] = literal(value);
    else if (one.flag('required') !== false) env[name] = secret(name);
    else one.drop('required', 'it has no value and is not required: set it if you need it');
  }
  return env;
}
