/** An operation as every kind of description comes to say it. */
export interface Operation {
  /** As messages name it: the description's own id, else method and route. */
  id: string;
  parameters: Parameter[];
  body?: { required: boolean; content: Content };
  /** What is declared for a status; `undefined` when it is not. Without content it has no body. */
  response(status: number): { content: Content } | undefined;
}

/** Schemas by media type. */
export type Content = Record<string, unknown>;

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  schema: unknown;
  /** Whether a list is written as repeated parameters; else it is one, with commas. */
  repeated: boolean;
}

/** A method at a path, not looked into before it is met: descriptions are long and tests use little of them. */
export interface Route {
  method: string;
  /** With its parameters in braces. */
  path: string;
  operation(): Operation;
}

export interface Found {
  route: Route;
  operation: Operation;
  /** Path parameters, decoded. */
  parameters: Record<string, string>;
}

export interface RouteTable {
  find(method: string, path: string): Found | undefined;
}

/**
 * Finds the operation that serves a method and path (without query). `spanning` are parameters whose value may hold
 * slashes that the client has not encoded.
 */
export function createRouteTable(routes: readonly Route[], spanning: ReadonlySet<string> = new Set()): RouteTable {
  const byMethod = new Map<string, { route: Route; pattern: RegExp; names: string[] }[]>();
  // Of two routes that match, the one with more fixed text is meant: `…/commits/{ref}/status` before `…/commits/{ref}`.
  for (const route of routes.toSorted((a, b) => literals(b.path) - literals(a.path))) {
    const method = route.method.toUpperCase();
    byMethod.set(method, [...(byMethod.get(method) ?? []), { route, ...patternOf(route.path, spanning) }]);
  }
  const operations = new Map<Route, Operation>();
  return {
    find(method, path) {
      for (const { route, pattern, names } of byMethod.get(method.toUpperCase()) ?? []) {
        const values = pattern.exec(path);
        if (!values) continue;
        const operation = operations.get(route) ?? route.operation();
        operations.set(route, operation);
        const parameters = names.map((name, index) => [name, decodeURIComponent(values[index + 1] ?? '')]);
        return { route, operation, parameters: Object.fromEntries(parameters) };
      }
      return undefined;
    },
  };
}

const literals = (path: string): number => path.replace(/\{[^}]+\}/g, '').length;

function patternOf(path: string, spanning: ReadonlySet<string>): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const parts = path.split(/(\/\{path\}|\{[^}]+\})/).map((part) => {
    const name = /\{([^}]+)\}$/.exec(part)?.[1];
    if (name === undefined) return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
    names.push(name);
    // A repository's top folder has no path, and some clients leave out the slash before it.
    if (part.startsWith('/')) return spanning.has('path') ? '(?:/(.*))?' : '/([^/]+)';
    return spanning.has(name) ? '(.+)' : '([^/]+)';
  });
  return { pattern: new RegExp(`^${parts.join('')}/?$`), names };
}
