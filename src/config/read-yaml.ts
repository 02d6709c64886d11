import type { Problem } from '../model/errors.ts';
import { locator, type Locator } from './locate.ts';
import { parseYaml, type YamlFile } from './parse-yaml.ts';
import { quote } from './quote.ts';
import { decode } from './source-text.ts';
import { syntaxProblems } from './syntax-problems.ts';

/** More problems of one sort are not told. */
const MOST = 2000;

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
      if (problems.length > MOST) return problems;
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
  const { badKeys: sure, doubtful, nodes } = located.file;
  const keys = new Set(doubtful.length > 0 ? [...located.maps()].flat().map(({ key }) => key) : []);
  const badKeys = [...sure, ...doubtful.filter((node) => keys.has(node))];
  return badKeys.slice(0, MOST).map((node) => {
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
  const { file, pairs, items, spelling } = located;
  const { value } = file.nodes;
  const respelled = new Set(file.respelled);
  const visit = (node: number, name: string): void => {
    const here = value[node];
    if (Array.isArray(here)) for (const item of items(node)) visit(item, name);
    else if (here !== null && typeof here === 'object')
      for (const pair of pairs(node)) {
        if (pair.value < 0) continue;
        const key = String(value[pair.key]);
        if (typeof value[pair.value] === 'object') visit(pair.value, key);
        else if ((TEXT_MAPS.has(name) || TEXT_KEYS.has(key)) && respelled.has(innermost(file, pair.value)))
          (here as Record<string, unknown>)[key] = spelling(pair.value);
      }
  };
  visit(0, '');
}

/** Maps whose values are text, and keys whose value is. */
const TEXT_MAPS = new Set(['env', 'values']);
const TEXT_KEYS = new Set(['version', 'value']);

function innermost({ nodes }: YamlFile, node: number): number {
  let at = node;
  while (at + 1 < (nodes.end[at] as number)) at += 1;
  return at;
}
