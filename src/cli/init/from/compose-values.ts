import type { Kind } from '../../../index.ts';
import { literal } from './values.ts';

/** What a name of the compose file has become. */
export type Named = ReadonlyMap<string, { kind: Kind; name: string }>;

export interface Resolved {
  value: string;
  /** What of it was lost. */
  lost?: string;
}

const VARIABLE = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])([^}]*))?\})/g;

/** A value with the variables of the shell made secrets, their defaults written out, and names of services made references. */
export function resolve(text: string, key: string, named: Named): Resolved {
  const known = reference(text, key, named);
  if (known) return known;
  const lost = new Set<string>();
  let value = '';
  let last = 0;
  for (const found of text.matchAll(VARIABLE)) {
    const [whole, dollar, plain, braced, operator, standard] = found;
    value += literal(text.slice(last, found.index));
    last = found.index + whole.length;
    const name = plain ?? braced;
    if (dollar) value += '$';
    else if (operator?.endsWith('-') && standard !== undefined) {
      value += literal(standard);
      lost.add(`the default of $${name} stands in its place`);
    } else value += `\${secret.${name}}`;
  }
  value += literal(text.slice(last));
  return lost.size > 0 ? { value, lost: [...lost].join('; ') } : { value };
}

/** An address or a host that names another service of the file. */
function reference(text: string, key: string, named: Named): Resolved | undefined {
  const [, scheme = '', driver, host = '', rest = ''] =
    /^([a-z][a-z0-9]*)(\+\w+)?:\/\/(?:[^@/\s]*@)?([\w.-]+)(?::(?:\d+|\$\{?\w+[^}/]*\}?))?((?:\/\S*)?)$/.exec(text) ??
    [];
  const target = named.get(host);
  if (target?.kind === 'database') {
    const value = `\${database.${target.name}.url}`;
    return driver ? { value, lost: `the address begins with ${scheme}: and not with ${scheme}${driver}:` } : { value };
  }
  if (target && /^https?$/.test(scheme)) return { value: `\${${target.kind}.${target.name}.url}${literal(rest)}` };
  const whole = named.get(text);
  return whole && /host/i.test(key) ? { value: `\${${whole.kind}.${whole.name}.host}` } : undefined;
}
