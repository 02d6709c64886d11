import type { Problem } from '../model/errors.ts';
import { locator, pathText, type Locator, type Path } from './locate.ts';
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

  const problems: Problem[] = [];
  let parsed = parseYaml(source);
  if ('problem' in parsed && parsed.cause === 'repeated') {
    parsed = parseYaml(source, { repeats: true });
    if ('file' in parsed) problems.push(...repeatedKeys(locator(parsed.file)));
  }
  if ('problem' in parsed) {
    const all = parsed.cause === 'syntax' ? await syntaxProblems(source, parsed.problem) : [parsed.problem];
    return { problems: [...problems, ...all] };
  }

  const located = locator(parsed.file);
  problems.push(...badKeys(located));
  if (parsed.file.respelled.length > 0) keepSpelling(located);
  return { locator: located, problems };
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
  const visit = (value: unknown, path: Path): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [name, item] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(name) : name];
      if (typeof item === 'object') visit(item, at);
      else if (typeof item !== 'string' && MEANT_AS_TEXT.test(pathText(at))) {
        const { node, depth } = located.find(at);
        if (depth === at.length && respelled.has(innermost(file, node)))
          (value as Record<string, unknown>)[name] = located.spelling(node);
      }
    }
  };
  visit(file.value, []);
}

const MEANT_AS_TEXT = /\.env\.[^.]+$|\.version$|\.values\.[^.]+$|\.records\[\d+\]\.value$/;

function innermost({ nodes }: YamlFile, node: number): number {
  let at = node;
  while (at + 1 < (nodes.end[at] as number)) at += 1;
  return at;
}
