import { wordOf } from '../detect.ts';
import { body, type Convert } from './converted.ts';
import { parse } from './parse.ts';
import type { Settings } from './settings.ts';
import { duration, literal, literals, memory, pathFrom, pathIn } from './values.ts';

const STRATEGY = new Map([
  ['rolling', 'rolling'],
  ['immediate', 'all_at_once'],
]);

/** `fly.toml`: one app, a service for each of its groups of processes. */
export const fromFly: Convert = (source) => {
  const root = parse('toml', source);
  const name = wordOf(root.text('app') ?? '') || source.name;
  const region = root.text('primary_region');
  const made = sourceOf(root.map('build'), source.dir);
  const processes = Object.entries(root.variables('processes'));
  const http = root.map('http_service');
  const services = root.maps('services');
  const web = http.keys().length > 0 ? http : services[0];
  const [served = 'app', ...alsoServed] = web?.texts('processes') ?? [];
  if (alsoServed.length > 0) web?.drop('processes', 'only the first of these groups listens');
  for (const other of http.keys().length > 0 ? services : services.slice(1))
    other.refuse('a service listens on one port');
  const deploy = root.map('deploy');
  deploy.drop('release_command', 'there is no command before a deployment; a database has migrations:');
  const strategy = STRATEGY.get(deploy.text('strategy') ?? '');
  if (strategy === undefined)
    deploy.drop('strategy', 'Flotilla rolls out all at once, rolling or as a canary by shares');
  for (const key of ['mounts', 'mount'])
    root.drop(key, 'Flotilla keeps no volumes: what is written there would be lost');
  root.drop('statics', 'files of a service are served by the service; a site is a resource of its own');
  const env = literals(root.variables('env'));
  const machine = sizes(root.maps('vm'));
  const port = web?.number('internal_port');
  const health = web && healthOf(web, root);
  const replicas = web && replicasOf(web);
  const listens = body({ port, health, replicas });
  const common = {
    env,
    resources: machine,
    rollout: strategy && { strategy },
    place: region === undefined ? undefined : { region },
  };
  const groups: [string, string | undefined][] = processes.length > 0 ? processes : [[served, undefined]];
  const resources = groups.map(([group, command]) => ({
    kind: 'service' as const,
    name: groups.length === 1 || group === served ? name : wordOf(`${name}-${group}`),
    from: command === undefined ? 'app' : `processes.${group}`,
    body: body({
      source: body({ ...made, command: command === undefined ? undefined : literal(command) }),
      ...(groups.length === 1 || group === served ? listens : {}),
      ...common,
    }),
  }));
  return { resources, providers: { fly: {} }, leftovers: root.leftovers(source.file) };
};

function sourceOf(build: Settings, dir: string) {
  const image = build.text('image');
  if (image !== undefined) return { image };
  build.drop('builder', 'buildpacks are not run: give it a Dockerfile, or build: and command:');
  build.drop('buildpacks', 'buildpacks are not run: give it a Dockerfile, or build: and command:');
  build.drop('args', 'arguments of a build are not passed on');
  const dockerfile = pathFrom(dir, pathIn(dir, build.text('dockerfile') ?? 'Dockerfile'));
  return { dir, dockerfile };
}

/** The first check that asks a path. */
function healthOf(web: Settings, root: Settings) {
  const checks = [...web.maps('checks'), ...web.maps('http_checks'), ...root.named('checks').map(([, check]) => check)];
  const check = checks.find((candidate) => candidate.has('path'));
  for (const other of checks) {
    if (other === check) continue;
    other.refuse('a service has one check, which asks a path');
  }
  if (!check) return undefined;
  check.ignore('type', 'method', 'port', 'protocol');
  if (!['GET', 'get', undefined].includes(check.text('method'))) check.drop('method', 'a check is a GET');
  const [every, timeout, grace] = ['interval', 'timeout', 'grace_period'].map((key) => duration(check, key));
  return body({ path: check.text('path'), every, timeout, grace });
}

function replicasOf(web: Settings): number | undefined {
  const least = web.number('min_machines_running');
  for (const key of ['auto_stop_machines', 'auto_start_machines', ...(least ? [] : ['min_machines_running'])])
    web.drop(key, 'replicas are a fixed number, and do not follow the load');
  web.drop('force_https', 'that is the provider’s own setting');
  return least || undefined;
}

function sizes([vm, ...others]: Settings[]) {
  for (const other of others) other.refuse('all processes get the resources of the first [[vm]]');
  if (!vm) return undefined;
  vm.drop('cpu_kind', 'kinds of processors are chosen at the provider');
  vm.drop('processes', 'all processes get the same resources');
  const size = vm.text('size');
  const preset = Number(/^(?:shared|performance)(?:-cpu)?-(\d+)x$/.exec(size ?? '')?.[1]);
  if (size !== undefined && !preset) vm.drop('size', 'this size is not known: say resources:');
  const cpu = vm.number('cpus') ?? (preset || undefined);
  return body({ cpu, memory: memory(vm, 'memory') ?? memory(vm, 'memory_mb') });
}
