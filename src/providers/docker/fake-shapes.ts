import type { FakeAnswer } from '../../provider-kit/fake-server.ts';
import type { NewContainer } from './engine-shapes.ts';

/** What the fake keeps, and how the engine's API tells it. */

export interface State {
  Status: string;
  ExitCode?: number;
  Health?: { Status: 'none' | 'starting' | 'healthy' | 'unhealthy' };
}

export interface FakeContainer {
  id: string;
  name: string;
  /** Id of its image. */
  image: string;
  config: NewContainer;
  state: State;
  /** States that are still to come. */
  ahead: State[];
  log: string[];
  /** Counts from 1. */
  made: number;
}

export interface FakeImage {
  id: string;
  tags: string[];
  digests: string[];
  labels: Record<string, string>;
}

export const said = (status: number, message: string): FakeAnswer => ({ status, body: { message } });

/** When the fake's first container was made, in seconds since 1970. */
const BEGIN = 1_790_000_000;

export function asListed({ id, name, image, config, state, made }: FakeContainer): object {
  const ports = Object.entries(config.HostConfig.PortBindings).flatMap(([inside, bound]) =>
    bound.map(({ HostIp, HostPort }) => ({
      ...(HostIp ? { IP: HostIp } : {}),
      PrivatePort: Number.parseInt(inside),
      PublicPort: Number(HostPort),
      Type: 'tcp',
    })),
  );
  return {
    Id: id,
    Names: [`/${name}`],
    Image: image,
    ImageID: image,
    Command: '',
    Created: BEGIN + made,
    Ports: state.Status === 'running' ? ports : [],
    Labels: config.Labels,
    State: state.Status,
    Status: state.Status,
    HostConfig: { NetworkMode: 'default' },
    Mounts: [],
  };
}

export function asInspected({ id, name, image, config, state, made }: FakeContainer): object {
  const { HostConfig, ...rest } = config;
  const running = state.Status === 'running';
  return {
    Id: id,
    Created: new Date((BEGIN + made) * 1000).toISOString(),
    Name: `/${name}`,
    Image: image,
    RestartCount: 0,
    State: {
      Status: state.Status,
      Running: running,
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      Dead: false,
      Pid: running ? made : 0,
      ExitCode: state.ExitCode ?? 0,
      Error: '',
      ...(state.Health ? { Health: { ...state.Health, FailingStreak: 0, Log: [] } } : {}),
    },
    Config: { Hostname: id.slice(0, 12), ...rest, Env: [...config.Env, 'PATH=/bin'], Cmd: config.Cmd ?? ['/serve'] },
    HostConfig: { ...HostConfig, NetworkMode: 'default' },
    Mounts: [],
  };
}

export function asImage({ id, tags, digests, labels }: FakeImage): object {
  return {
    Id: id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: '',
    Comment: '',
    Created: new Date(BEGIN * 1000).toISOString(),
    Container: '',
    DockerVersion: '24.0.0',
    Author: '',
    Config: { Labels: labels },
    Architecture: 'amd64',
    Os: 'linux',
    Size: 1,
    VirtualSize: 1,
    GraphDriver: { Name: 'overlay2', Data: {} },
    RootFS: { Type: 'layers', Layers: [] },
  };
}

export function asListedImage({ id, tags, digests, labels }: FakeImage): object {
  return {
    Id: id,
    ParentId: '',
    RepoTags: tags,
    RepoDigests: digests,
    Created: BEGIN,
    Size: 1,
    SharedSize: -1,
    VirtualSize: 1,
    Labels: labels,
    Containers: -1,
  };
}
