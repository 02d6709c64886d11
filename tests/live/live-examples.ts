import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, Kind } from '../../src/model/resource.ts';
import type { Example, Harness } from '../../src/provider-kit/conformance.ts';

/** Kinds that cost nothing to make and need nothing else, such as a domain that one owns. */
export const LIVE_KINDS = ['service', 'site'] as const satisfies Kind[];

/** Answers on port 80, whatever is asked; anybody may pull it. */
const IMAGE = 'docker.io/library/nginx:1-alpine';
const SITE = 'src/templates/site/web';

/** What is made at a real account: the example of the harness, with what exists in place of what does not. */
export function liveExample({ examples }: Harness, kind: Kind): Example | undefined {
  const example = examples[kind];
  if (!example) return undefined;
  if (kind === 'site') return site;
  return (example.spec['source'] as JsonObject | undefined)?.['image'] ? imageExample(example.spec) : example;
}

function imageExample({ health, ...rest }: JsonObject): Example {
  const well: JsonObject = health ? { health: { ...(health as JsonObject), path: '/' } } : {};
  const spec: JsonObject = { ...rest, ...well, source: { image: IMAGE }, port: 80, env: { LOG_LEVEL: 'info' } };
  return { spec, changed: { ...spec, env: { LOG_LEVEL: 'debug', EXTRA: '1' } } };
}

const page: JsonObject = { dir: SITE, env: {}, headers: [], domains: [] };
const site: Example = {
  spec: { ...page, redirects: [{ from: '/old', to: '/new', status: 301 }] },
  changed: { ...page, redirects: [{ from: '/old', to: '/newer', status: 302 }] },
  files: filesIn(SITE),
};

function filesIn(folder: string): Record<string, string> {
  const root = join(import.meta.dirname, '../..', folder);
  const found = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = found.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]));
}
