import type { Description } from './slice.ts';

/** One operation of the slice, with what its path holds in a given request. */
export interface FoundOperation {
  /** GitHub's own id, e.g. `checks/create`. */
  id: string;
  /** The path with its parameters named, e.g. `/repos/{owner}/{repo}/check-runs`. */
  route: string;
  operation: Record<string, unknown>;
  /** Path parameters, decoded. */
  parameters: Record<string, string>;
}

/** Parameters whose value may hold slashes that the client has not encoded. */
const spanning = new Set(['ref', 'branch', 'basehead', 'environment_name', 'name']);

/** The operation of the description that serves this method and path (below `/api/v3`, without query), if any. */
export function findOperation(description: Description, method: string, path: string): FoundOperation | undefined {
  const candidates = Object.entries(description.paths)
    .map(([route, methods]) => ({ route, operation: methods[method.toLowerCase()], parameters: match(route, path) }))
    .filter((candidate) => candidate.operation !== undefined && candidate.parameters !== undefined)
    .toSorted((a, b) => literals(b.route) - literals(a.route));
  const [best] = candidates;
  if (!best?.parameters) return undefined;
  const operation = best.operation as Record<string, unknown>;
  return { id: String(operation['operationId']), route: best.route, operation, parameters: best.parameters };
}

/** Of two routes that match, the one with more fixed text is meant: `…/commits/{ref}/status` before `…/commits/{ref}`. */
const literals = (route: string): number => route.replace(/\{\w+\}/g, '').length;

function match(route: string, path: string): Record<string, string> | undefined {
  const pattern = route
    .split(/(\/\{path\}|\{\w+\})/)
    .map((part) => {
      // A repository's top folder has no path, and some clients leave out the slash before it.
      if (part === '/{path}') return '(?:/(?<path>.*))?';
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (!name) return part.replace(/[.]/g, '\\.');
      return spanning.has(name) ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`;
    })
    .join('');
  const found = new RegExp(`^${pattern}$`).exec(path);
  if (!found) return undefined;
  const values: [string, string | undefined][] = Object.entries(found.groups ?? {});
  return Object.fromEntries(values.map(([name, value]) => [name, decodeURIComponent(value ?? '')]));
}
