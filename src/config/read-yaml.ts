import type { Problem } from '../model/errors.ts';
import { locator, type Locator, type Path } from './locate.ts';
import { parseYaml, type YamlFile } from './parse-yaml.ts';
import { quote } from './quote.ts';
import { decode } from './source-text.ts';
import { syntaxProblems } from './syntax-problems.ts';

/** One file as values with positions; without a locator the text could not be read at all. */
export interface ReadFile {
  locator?: Locator;
  problems: Problem[];
}

/** Bytes to values, with every problem of the text itself. */
export async function readYaml(file: string, content: Uint8Array | string): Promise<ReadFile> {
  const decoded = decode(file, content);
  if ('problem' in decoded) return { problems: [decoded.problem] };
  const { source } = decoded;

  let problems: Problem[] = [];
  let parsed = parseYaml(source);
  if ('problem' in parsed && parsed.cause === 'repeated') {
    parsed = parseYaml(source, { repeats: true });
    if ('file' in parsed) problems = repeatedKeys(locator(parsed.file));
  }
  if ('problem' in parsed) {
    const all = parsed.cause === 'syntax' ? await syntaxProblems(source, parsed.problem) : [parsed.problem];
    return { problems: [...problems, ...all] };
  }

  const located = locator(parsed.file);
  if (parsed.file.respelled.length > 0) keepSpelling(located);
  return { locator: located, problems: problems.concat(badKeys(located)) };
}

/** Every key that its map already has, naming the first one's line. */
function repeatedKeys(located: Locator): Problem[] {
  const { nodes } = located.file;
  const problems: Problem[] = [];
  for (const pairs of located.maps()) {
    const first = new Map<unknown, number>();
    for (const { key } of pairs) {
      const name = nodes.value[key];
      const before = first.get(name);
      if (before === undefined) first.set(name, key);
      else {
        const { line } = located.at(before);
        const message = `${quote(String(name))} stands twice in one map, first on line ${line}`;
        problems.push({ position: located.at(key), path: String(name), message, hint: 'remove one of them' });
      }
    }
  }
  return problems;
}

function badKeys(located: Locator): Problem[] {
  const { badKeys, nodes } = located.file;
  return badKeys.map((node) => {
    const position = located.at(node);
    const key = nodes.value[node];
    const written = quote(located.spelling(node));
    if (key === '<<')
      return {
        position,
        path: '<<',
        message: 'merge keys (<<) are not supported',
        hint: 'repeat the keys, or use an overlay of an environment',
      };
    if (key === '__proto__')
      return { position, path: '__proto__', message: '"__proto__" cannot be a key', hint: 'expected another name' };
    const hint =
      typeof key === 'object' && key !== null ? 'expected text' : `expected text: put quotes around it, ${written}`;
    return {
      position,
      path: '',
      message: `the key ${typeof key === 'object' && key ? 'is not text' : `${written} is not text`}`,
      hint,
    };
  });
}

/**
 * Where a number or boolean stands for text, the spelling in the file is what was meant: `VERSION: 1.10` is not `1.1`,
 * and `PHONE: 0170` is not `170`. Replaces such values by their text.
 */
function keepSpelling(located: Locator): void {
  const { file } = located;
  const respelled = new Set(file.respelled);
  const visit = (value: object, path: Path): void => {
    const allText = TEXT_MAPS.has(path.at(-1) as string);
    for (const [name, item] of Object.entries(value)) {
      const isText = typeof item === 'number' || typeof item === 'boolean';
      if (isText ? !allText && !TEXT_KEYS.has(name) : item === null || typeof item !== 'object') continue;
      const at = [...path, Array.isArray(value) ? Number(name) : name];
      if (!isText) visit(item, at);
      else {
        const { node, depth } = located.find(at);
        if (depth === at.length && respelled.has(innermost(file, node)))
          (value as Record<string, unknown>)[name] = located.spelling(node);
      }
    }
  };
  if (file.value !== null && typeof file.value === 'object') visit(file.value, []);
}

/** Maps whose values are text, and keys whose value is. */
const TEXT_MAPS = new Set(['env', 'values']);
const TEXT_KEYS = new Set(['version', 'value']);

function innermost({ nodes }: YamlFile, node: number): number {
  let at = node;
  while (at + 1 < (nodes.end[at] as number)) at += 1;
  return at;
}
