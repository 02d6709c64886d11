import type { Observed, Target } from '../../provider-kit/provider.ts';
import type { Sight } from './client.ts';

const HOST = '127.0.0.1';

/** What the engine is told of an instance. */
export function observed(target: Target, { state, status }: Sight): Observed {
  const [release] = state?.releases ?? [];
  const port = status?.port ?? state?.port ?? null;
  const replicas = status?.replicas ?? [];
  return {
    id: target.identity,
    address: target.address,
    owner: state ? { fleet: state.fleet, environment: state.environment } : null,
    hash: release?.hash ?? null,
    phase: state ? (status?.phase ?? 'failed') : 'unknown',
    outputs: port === null ? {} : outputs(target.kind, port),
    ...(release ? { deployment: release.hash } : {}),
    attributes: {
      port,
      ...(release?.kind === 'service'
        ? {
            replicas: release.replicas,
            running: replicas.filter((replica) => replica.state === 'live').length,
            restarts: replicas.reduce((sum, replica) => sum + replica.restarts, 0),
            health: release.health?.path ?? null,
          }
        : {}),
    },
  };
}

function outputs(kind: string, port: number): Record<string, string> {
  const url = `http://${HOST}:${port}`;
  return kind === 'service' ? { url, host: HOST, port: String(port) } : { url, host: HOST };
}
