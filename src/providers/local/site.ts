import type { SiteSpec } from '../../model/config.ts';
import type { Desired } from '../../provider-kit/provider.ts';
import { instanceHandler } from './instance-handler.ts';

/** Sites: built once, their files served by the runner itself. */
export const site = instanceHandler({
  kind: 'site',
  check: () => undefined,
  build(desired) {
    const { build, env } = specOf(desired);
    return { command: build, env };
  },
  release(desired) {
    const { output, redirects, headers, fallback } = specOf(desired);
    return {
      kind: 'site',
      hash: desired.hash,
      commit: desired.commit,
      at: new Date().toISOString(),
      root: output ?? '.',
      redirects,
      headers,
      ...(fallback === undefined ? {} : { fallback }),
    };
  },
});

function specOf(desired: Desired): SiteSpec {
  return desired.spec as unknown as SiteSpec;
}
