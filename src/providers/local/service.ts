import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import type { Desired } from '../../provider-kit/provider.ts';
import { baseEnvironment } from '../../provider-kit/base-environment.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import { MARK_VARIABLE } from './process-mark.ts';
import { instanceHandler } from './instance-handler.ts';
import { markOf } from './layout.ts';
import { refuses } from './refuses.ts';

/** Services: supervised processes behind one stable port. */
export const service = instanceHandler({
  kind: 'service',
  check(desired) {
    const { source } = specOf(desired);
    requireOffered(desired, refuses(desired));
    if (!source.command && !desired.source)
      throw new UnsupportedError(`${desired.address} has neither source.dir nor source.command`, {
        mend: 'set source.command, or source.dir with a package.json that has a start script',
      });
  },
  build(desired) {
    const { source, env } = specOf(desired);
    return { command: source.build, env };
  },
  release(desired, dir) {
    const spec = specOf(desired);
    return {
      kind: 'service',
      hash: desired.hash,
      commit: desired.commit,
      at: new Date().toISOString(),
      command: spec.source.command ?? startScript(desired, dir),
      env: { ...baseEnvironment(), ...spec.env, [MARK_VARIABLE]: markOf(join(dir, '../..')) },
      replicas: desired.replicas,
      ...(spec.health ? { health: { path: spec.health.path, seconds: spec.health.timeoutSeconds } } : {}),
      startSeconds: spec.health?.graceSeconds ?? START_SECONDS,
      ...(spec.port === undefined ? {} : { preferredPort: spec.port }),
    };
  },
});

/** How long a service without a health check may take until it listens. */
const START_SECONDS = 30;

function specOf(desired: Desired): ServiceSpec {
  return desired.spec as unknown as ServiceSpec;
}

function startScript({ address, source }: Desired, dir: string): string[] {
  const file = join(dir, 'package.json');
  const manifest = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { scripts?: { start?: string } }) : {};
  if (manifest.scripts?.start) return ['npm', 'start', '--silent'];
  throw new UnsupportedError(`nothing says how to start ${address}`, {
    mend: `set source.command, or add a start script to ${source?.dir ?? '.'}/package.json`,
  });
}
