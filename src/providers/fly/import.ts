import { canonical } from '../../model/canonical.ts';
import { createLimiter } from '../../model/limiter.ts';
import type { Desired, Found, Observed } from '../../provider-kit/provider.ts';
import { foundEnv, goneMeanwhile, leftOf, refuseOthers, settingsOf } from '../../provider-kit/survey.ts';
import { nameTaken, type Config, type FlyReader, type FlyWriter, type Machine } from './api.ts';
import { addressOf, attributesOf, isOurs, marksOf, ownerOf } from './machine-config.ts';
import { REGIONS, regionCode } from './regions.ts';

/** Of a machine's config, what `settings` carry or what every machine of ours gets. */
const CARRIED = new Set(['image', 'env', 'guest', 'services', 'init', 'metadata', 'restart', 'checks', 'dns']);

/** Megabytes of what a machine gets that asks for nothing. */
const SMALLEST = 256;

export async function survey(fly: FlyReader): Promise<Found[]> {
  const names = await fly.apps();
  const limited = createLimiter(8);
  return Promise.all(names.map((name) => limited(async () => surveyed(name, await fly.machines(name)))));
}

/** Marks every machine in its metadata, which restarts none. The caller says what it has become. */
export async function adopt(
  fly: FlyWriter,
  desired: Desired,
  seen: (machines: readonly Machine[]) => Observed,
): Promise<Observed> {
  const name = desired.identity;
  const app = await fly.app(name);
  if (app === 'taken') throw nameTaken(name);
  const machines = app === undefined ? [] : await fly.machines(name);
  if (machines.length === 0) throw goneMeanwhile(desired);
  refuseOthers(ownedBy(machines), desired);
  const marks = Object.entries(marksOf(desired));
  let changed = false;
  for (const machine of machines) {
    // One that is marked keeps its hash: it may have been deployed since.
    const isMarked = isOurs(machine, desired);
    for (const [key, value] of isMarked ? [] : marks) await fly.mark(name, machine.id, key, value);
    changed ||= !isMarked;
  }
  return seen(changed ? await fly.machines(name) : machines);
}

function ownedBy(machines: readonly Machine[]): Found['owner'] {
  for (const machine of machines) {
    const [owner, address] = [ownerOf(machine), addressOf(machine)];
    if (owner && address) return { ...owner, address };
  }
  return null;
}

function surveyed(name: string, machines: readonly Machine[]): Found {
  const [first] = machines;
  const cannot = whyNot(machines);
  const url = first?.config.services?.length ? { url: `https://${name}.fly.dev` } : {};
  const owner = ownedBy(machines);
  if (!first) return { id: name, name, owner, settings: {}, left: [], cannot: cannot! };
  const { config, region } = first;
  const { PORT: _port, ...env } = config.env ?? {};
  const [service, ...others] = config.services ?? [];
  const port = service?.internal_port ?? undefined;
  const check = httpCheckOf(service);
  const init = (config['init'] ?? {}) as { cmd?: string[]; entrypoint?: string[]; exec?: string[] };
  return {
    id: name,
    name,
    ...url,
    owner,
    settings: settingsOf({
      source: { image: config.image, ...(init.cmd?.length ? { command: init.cmd } : {}) },
      port,
      env: foundEnv(env),
      ...(check ? { health: { path: check } } : {}),
      ...resourcesOf(config),
      ...(machines.length > 1 ? { replicas: machines.length } : {}),
      ...(region === regionCode(undefined) ? {} : { place: { region } }),
    }),
    left: leftOf([
      ['services', others.length > 0, 'a service has one port'],
      ['init.entrypoint', init.entrypoint, 'the image says what it starts with'],
      ['init.exec', init.exec, 'the image says what it starts with'],
      ['guest', config.guest?.['cpu_kind'] === 'performance', 'the next deployment gives it shared processors'],
      ...Object.entries(config).flatMap(([key, value]): [string, unknown, string][] =>
        CARRIED.has(key) ? [] : [[key, value, 'it is not known here: the next deployment leaves it out']],
      ),
    ]),
    ...(cannot ? { cannot } : {}),
  };
}

function whyNot(machines: readonly Machine[]): string | undefined {
  const [first, ...others] = machines;
  if (!first) return 'nothing runs in it';
  if (machines.some(({ config }) => (config['mounts'] as unknown[] | undefined)?.length))
    return 'its machines have volumes, which a deployment from here would not keep';
  const shape = ({ region, config }: Machine) => canonical({ region, ...attributesOf(config) });
  if (others.some((machine) => shape(machine) !== shape(first)))
    return 'its machines are not alike: a service is one image in one region';
  return REGIONS.includes(first.region) ? undefined : `the region ${first.region} is not offered here`;
}

/** The path that an HTTP check asks for. */
function httpCheckOf(service: NonNullable<Config['services']>[number] | undefined): string | undefined {
  const checks = (service?.['checks'] ?? []) as { type?: string; path?: string }[];
  return checks.find(({ type, path }) => type === 'http' && path)?.path;
}

/** Left out where the smallest machine is what it has. */
function resourcesOf({ guest }: Config) {
  const { cpus, memory_mb: memory } = guest ?? {};
  if (!cpus || !memory || (cpus === 1 && memory === SMALLEST)) return {};
  return { resources: { cpu: cpus, memory: `${memory}MiB` } };
}
