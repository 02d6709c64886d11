/**
 * As much of GraphQL as the fake needs: one operation, fields with aliases, arguments that are variables or plain values.
 * An answer holds what was asked for and nothing else; tests hold documents and answers against Railway's own schema.
 */

export type Values = Record<string, unknown>;

/** Root fields by name: from arguments to a value, whose functions are fields that take arguments themselves. */
export type Roots = Record<string, (args: Values) => unknown>;

interface Field {
  alias: string;
  name: string;
  args: Values;
  fields: Field[];
}

export function execute(document: string, variables: Values, roots: Roots): Values {
  const { fields } = parse(document, variables);
  return Object.fromEntries(
    fields.map(({ alias, name, args, fields: inner }) => {
      const root = roots[name];
      if (!root) throw new Error(`Cannot query field "${name}"`);
      return [alias, shown(root(args), inner)];
    }),
  );
}

export function isMutation(document: string): boolean {
  return /^\s*mutation\b/.test(document);
}

function shown(value: unknown, fields: Field[]): unknown {
  if (Array.isArray(value)) return value.map((item) => shown(item, fields));
  if (typeof value !== 'object' || value === null || fields.length === 0) return value ?? null;
  const from = value as Record<string, unknown>;
  return Object.fromEntries(
    fields.map(({ alias, name, args, fields: inner }) => {
      const item = from[name];
      return [alias, shown(typeof item === 'function' ? item(args) : item, inner)];
    }),
  );
}

function parse(document: string, variables: Values): { fields: Field[] } {
  const tokens: string[] = document.match(/[{}():!$,[\]]|\w+/g) ?? [];
  let at = tokens.indexOf('{');
  const take = () => tokens[at++] as string;

  function selection(): Field[] {
    const fields: Field[] = [];
    take();
    while (tokens[at] !== '}') fields.push(field());
    take();
    return fields;
  }

  function field(): Field {
    const first = take();
    let name = first;
    if (tokens[at] === ':') {
      take();
      name = take();
    }
    const args = tokens[at] === '(' ? argumentsOf() : {};
    return { alias: first, name, args, fields: tokens[at] === '{' ? selection() : [] };
  }

  function argumentsOf(): Values {
    const args: Values = {};
    take();
    while (tokens[at] !== ')') {
      const name = take();
      if (name === ',') continue;
      take();
      args[name] = tokens[at] === '$' ? (take(), variables[take()]) : plain(take());
    }
    take();
    return args;
  }

  return { fields: selection() };
}

function plain(token: string): unknown {
  return /^\d+$/.test(token) ? Number(token) : token === 'true' ? true : token === 'false' ? false : token;
}
