import { stringify } from 'yaml';
import { KINDS, SECTION, type Json, type JsonObject } from '../../../index.ts';
import type { Draft, Leftover } from './converted.ts';
import { visible } from '../../../index.ts';
import { SCHEMA_LINE } from '../write-config.ts';

/** A config that is being fitted. */
export interface Config {
  /** `kind/name` of all that it holds. */
  resources(): string[];
  text(): string;
  /** Takes out what stands at a dotted path, or the nearest thing around it that is there. Undefined: nothing of a resource is. */
  remove(path: string): Removed | undefined;
  /** Closes the gaps that removing left. */
  compact(): void;
}

interface Removed {
  section: string;
  name: string;
  /** Path inside the resource; empty when all of it went. */
  inner: string;
}

export function configOf(fleet: string, providers: Record<string, JsonObject>, drafts: readonly Draft[]): Config {
  const sections: Record<string, Record<string, JsonObject>> = {};
  for (const kind of KINDS) {
    const own = drafts.filter((draft) => draft.kind === kind).map(({ name, body }) => [name, body] as const);
    if (own.length > 0) sections[SECTION[kind]] = Object.fromEntries(own);
  }
  return {
    resources: () =>
      KINDS.flatMap((kind) => Object.keys(sections[SECTION[kind]] ?? {}).map((name) => `${kind}/${name}`)),
    text() {
      const filled = Object.entries(sections).filter(([, resources]) => Object.keys(resources).length > 0);
      return [
        { fleet },
        ...(Object.keys(providers).length > 0 ? [{ providers }] : []),
        ...filled.map(([section, resources]) => ({ [section]: resources })),
      ]
        .map((part) => stringify(part, { lineWidth: 0, aliasDuplicateObjects: false }))
        .join('\n');
    },
    remove(path) {
      const { holder, key, steps } = locate(sections, path);
      const [section, name, ...inner] = steps;
      if (section === undefined || name === undefined) return undefined;
      (holder as Record<string, Json | undefined>)[key] = undefined;
      return { section: String(section), name: String(name), inner: inner.join('.') };
    },
    compact: () => void compact(sections),
  };
}

/** Follows a dotted path as far as it leads; names may hold dots themselves. */
function locate(root: object, path: string): { holder: object; key: string; steps: string[] } {
  let [holder, key, rest]: [object, string, string] = [root, '', path];
  const steps: string[] = [];
  let value: unknown = root;
  while (rest !== '' && typeof value === 'object' && value !== null) {
    const names = Object.keys(value).filter((name) => {
      const written = Array.isArray(value) ? `[${name}]` : name;
      return rest === written || rest.startsWith(`${written}.`) || rest.startsWith(`${written}[`);
    });
    const name = names.toSorted((a, b) => b.length - a.length)[0];
    if (name === undefined) break;
    [holder, key] = [value, name];
    steps.push(name);
    rest = rest.slice(Array.isArray(value) ? name.length + 2 : name.length).replace(/^\./, '');
    value = (value as Record<string, unknown>)[name];
  }
  return { holder, key, steps };
}

function compact(value: unknown): unknown {
  if (Array.isArray(value)) {
    value.splice(0, value.length, ...value.filter((item) => item !== undefined));
    value.forEach(compact);
  } else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) delete (value as Record<string, unknown>)[key];
      else compact(item);
    }
  return value;
}

/** The whole file: editors' schema line, where it came from, the config, and as comments what it could not take. */
export function fileText(files: readonly string[], config: Config, leftovers: readonly Leftover[]): string {
  const head = `${SCHEMA_LINE}# Made from ${files.map(visible).join(', ')} by flotilla init.\n`;
  if (leftovers.length === 0) return `${head}${config.text()}`;
  return `${head}${config.text()}\n# Not carried over:\n${leftovers.map((leftover) => `#   ${leftoverLine(leftover)}\n`).join('')}`;
}

/** `render.yaml, services[0].plan: why`, on one line. */
export function leftoverLine({ file, path, why }: Leftover): string {
  return visible(`${[file, path].filter(Boolean).join(', ')}: ${why}`);
}
