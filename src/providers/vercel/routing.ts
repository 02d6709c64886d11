import type { SiteSpec } from '../../model/config.ts';
import type { JsonObject, Json } from '../../model/resource.ts';

/**
 * The site's `vercel.json`: redirects, headers and fallback of the config, beside what a file of that name in the site
 * says already. What is built already must not be built again, so settings for builds are left out.
 */
export function routing({ redirects, headers, fallback }: SiteSpec, own: JsonObject = {}): JsonObject | undefined {
  const { buildCommand: _, installCommand: _install, framework: _framework, outputDirectory: _output, ...kept } = own;
  const rules: Record<string, Json[]> = {
    redirects: redirects.map(({ from, to, status }) => {
      return { source: source(from), destination: to.replaceAll(':splat', ':splat*'), statusCode: status };
    }),
    headers: headers.map((rule) => {
      return { source: source(rule.for), headers: Object.entries(rule.values).map(([key, value]) => ({ key, value })) };
    }),
    rewrites: fallback ? [{ source: '/(.*)', destination: `/${fallback.replace(/^\/+/, '')}` }] : [],
  };
  const all: JsonObject = { ...kept };
  for (const [name, list] of Object.entries(rules)) {
    const theirs = Array.isArray(kept[name]) ? (kept[name] as Json[]) : [];
    // Redirects of the config come first; a fallback catches all, so it comes last.
    const merged = name === 'rewrites' ? [...theirs, ...list] : [...list, ...theirs];
    if (merged.length > 0) all[name] = merged;
  }
  return Object.keys(all).length > 0 ? all : undefined;
}

/** In Vercel's patterns these characters mean something; a final `*` of ours is the rest of the path. */
function source(path: string): string {
  const wild = path.endsWith('*');
  const plain = (wild ? path.slice(0, -1) : path).replace(/[()[\]{}:*+?\\]/g, String.raw`\$&`);
  return wild ? `${plain}:splat*` : plain;
}
