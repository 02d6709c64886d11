import type { SiteSpec } from '../../model/config.ts';
import { buildSite } from '../../provider-kit/build-site.ts';
import { siteRules } from '../../provider-kit/site-rules.ts';
import { sendAssets } from './assets.ts';
import { createWorkerHandler } from './worker.ts';

/** Sites: static assets of a Worker that does nothing but serve them. */
export const site = createWorkerHandler({
  kind: 'site',
  async content(api, desired, restored, run) {
    // A redirect that catches all would come before the files here, so the fallback is the Worker's.
    const { fallback, ...spec } = desired.spec as unknown as SiteSpec;
    const built = await buildSite(desired, run, { restored });
    try {
      const { redirects, headers } = await siteRules(spec, built.folder);
      const jwt = await sendAssets(api, desired.identity, built, Object.values(spec.env), run);
      const config = { ...(redirects ? { _redirects: redirects } : {}), ...(headers ? { _headers: headers } : {}) };
      return {
        mainModule: { name: 'site.js', type: 'application/javascript+module', bytes: script(fallback) },
        bindings: [{ type: 'assets', name: 'ASSETS' }],
        assets: { jwt, config },
      };
    } finally {
      await built.discard();
    }
  },
});

/** Asked only for what is not among the files. */
function script(fallback: string | undefined): string {
  if (fallback === undefined) return 'export default { fetch: (request, env) => env.ASSETS.fetch(request) };\n';
  // Pages are asked for by their addresses: the name of a file is answered with a redirect to its address.
  const page = `/${fallback.replace(/^\/+/, '')}`.replace(/(?:(?<=\/)index)?\.html$/, '');
  return `export default {
  async fetch(request, env) {
    const response = await env.ASSETS.fetch(request);
    if (response.status !== 404) return response;
    return env.ASSETS.fetch(new URL(${JSON.stringify(page)}, request.url));
  },
};
`;
}
