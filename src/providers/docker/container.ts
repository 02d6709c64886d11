import type { ServiceSpec } from '../../model/config.ts';
import type { Phase } from '../../model/phase.ts';
import type { Change } from '../../model/plan.ts';
import type { Address, JsonObject } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import type { Desired, Observed } from '../../provider-kit/provider.ts';
import type { Inspected, NewContainer } from './engine-shapes.ts';
import { deploymentOf, hashOf, labelsOf, ownerOf, versionLabels } from './marks.ts';
import { phaseOf } from './phase.ts';

/** What a container is made from, apart from where it is published: enough to make it again. */
export interface Blueprint {
  /** Id of the image: its digest. */
  image: string;
  env: string[];
  command: string[] | undefined;
  labels: Record<string, string>;
  /** That it listens on, inside. */
  port: number | undefined;
  memoryBytes: number;
  nanoCpus: number;
}

const RESTART = 'unless-stopped';

export function specOf(desired: Desired): ServiceSpec {
  return desired.spec as unknown as ServiceSpec;
}

export function blueprintOf(desired: Desired, image: string): Blueprint {
  const { env, port, source, resources, health } = specOf(desired);
  const given = { ...(port === undefined ? {} : { PORT: String(port) }), ...env };
  const check = {
    ...(health ? { path: health.path } : {}),
    timeoutSeconds: health?.timeoutSeconds ?? 10,
    graceSeconds: health?.graceSeconds ?? 30,
  };
  return {
    image,
    env: Object.entries(given).map(([name, value]) => `${name}=${value}`),
    command: source.command,
    labels: { ...labelsOf(desired), ...versionLabels(desired.hash, check) },
    port,
    memoryBytes: resources?.memoryBytes ?? 0,
    nanoCpus: (resources?.millicpu ?? 0) * 1e6,
  };
}

/** Of a container that was: what it ran, byte for byte, with the values that it had. */
export function blueprintFrom({ Image, Config, HostConfig }: Inspected): Blueprint {
  const [bound] = Object.keys(HostConfig.PortBindings ?? {});
  return {
    image: Image,
    // Podman tells the name that it made up among them.
    env: (Config.Env ?? []).filter((entry) => entry !== `HOSTNAME=${Config.Hostname}`),
    command: Config.Cmd ?? undefined,
    labels: Config.Labels ?? {},
    port: bound === undefined ? undefined : Number.parseInt(bound),
    memoryBytes: HostConfig.Memory,
    nanoCpus: HostConfig.NanoCpus,
  };
}

/** `candidate`: it is to fail openly and not to be started again. */
export function newContainer(
  { image, env, command, labels, port, memoryBytes, nanoCpus }: Blueprint,
  publish: { address: string; port: number | undefined },
  role: 'serving' | 'candidate',
): NewContainer {
  const inside = `${port}/tcp`;
  const bound = publish.port !== undefined && port !== undefined;
  return {
    Image: image,
    Env: env,
    ...(command ? { Cmd: command } : {}),
    Labels: labels,
    ExposedPorts: bound ? { [inside]: {} } : {},
    HostConfig: {
      PortBindings: bound ? { [inside]: [{ HostIp: publish.address, HostPort: String(publish.port) }] } : {},
      RestartPolicy: { Name: role === 'serving' ? RESTART : '' },
      Memory: memoryBytes,
      NanoCpus: nanoCpus,
    },
  };
}

/** The port on the engine's machine. */
export function hostPortOf({ HostConfig }: Inspected): number | undefined {
  const [bindings] = Object.values(HostConfig.PortBindings ?? {});
  const port = Number(bindings?.[0]?.HostPort);
  return port > 0 ? port : undefined;
}

/** What the engine tells of it; values of variables stay there. */
export function observed(container: Inspected, address: Address, host: string): Observed {
  const port = hostPortOf(container);
  return {
    id: container.Name.replace(/^\//, ''),
    address,
    owner: ownerOf(container.Config.Labels),
    hash: hashOf(container),
    phase: phaseOf(container),
    outputs: port === undefined ? {} : { url: `http://${host}:${port}`, host, port: String(port) },
    deployment: deploymentOf(container),
    attributes: { image: container.Image, ...settingsOf(container) },
  };
}

function settingsOf({ Config, HostConfig }: Inspected): JsonObject {
  const [bound] = Object.keys(HostConfig.PortBindings ?? {});
  const names = (Config.Env ?? []).map((entry) => entry.slice(0, entry.indexOf('=')));
  return {
    port: bound === undefined ? null : Number.parseInt(bound),
    memory: HostConfig.Memory,
    cpu: HostConfig.NanoCpus / 1e9,
    restart: HostConfig.RestartPolicy?.Name ?? '',
    env: Object.fromEntries(names.map((name) => [name, 'set'])),
  };
}

/** A change behind our back: it does not run, or runs with other settings. */
export function diff(desired: Desired, { attributes, phase }: Observed): Change[] {
  return [...settingsDrift(desired, attributes), ...phaseDrift(phase)];
}

export function settingsDrift(desired: Desired, attributes: JsonObject): Change[] {
  const { port, memoryBytes, nanoCpus, env } = blueprintOf(desired, '');
  const names = env.map((entry) => entry.slice(0, entry.indexOf('=')));
  const wanted = {
    port: port ?? null,
    memory: memoryBytes,
    cpu: nanoCpus / 1e9,
    restart: RESTART,
    env: Object.fromEntries(names.map((name) => [name, 'set'])),
  };
  return driftOf(wanted, attributes);
}

function phaseDrift(phase: Phase): Change[] {
  return phase === 'failed' || phase === 'canceled' || phase === 'removed'
    ? [{ path: 'status', from: phase, to: 'live' }]
    : [];
}
