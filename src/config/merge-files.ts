import type { Problem } from '../model/errors.ts';
import type { Locator } from './locate.ts';
import { found, quote } from './quote.ts';

type Values = Record<string, unknown>;

/** Several files as one value: maps at the top are joined; a key that two files have is a problem naming both places. */
export function mergeFiles(locators: readonly Locator[]): { value: Values; problems: Problem[] } {
  const problems: Problem[] = [];
  const merged = new Map<string, { value: unknown; from: Locator }>();
  for (const from of locators) {
    const root = from.file.value;
    if (!isMap(root)) {
      problems.push(noMap(from, root));
      continue;
    }
    for (const [key, value] of Object.entries(root)) {
      const before = merged.get(key);
      if (!before) merged.set(key, { value, from });
      else if (isMap(before.value) && isMap(value)) {
        for (const name of Object.keys(value))
          if (Object.hasOwn(before.value, name)) problems.push(twice([key, name], locators, from));
        merged.set(key, {
          value: Object.fromEntries([...Object.entries(before.value), ...Object.entries(value)]),
          from,
        });
      } else problems.push(twice([key], locators, from));
    }
  }
  const value = Object.fromEntries([...merged].map(([key, { value }]) => [key, value]));
  return { value, problems };
}

function noMap(from: Locator, root: unknown): Problem {
  const { file } = from.file.source;
  const message = root === undefined || root === null ? 'the file is empty' : `the file is ${found(root)}`;
  const hint = 'expected a map that starts with fleet: <name>; `flotilla init` writes one';
  return { position: { file, line: 1, column: 1 }, path: '', message, hint };
}

function twice(path: string[], locators: readonly Locator[], here: Locator): Problem {
  const other = locators.find((candidate) => candidate.find(path).depth === path.length);
  const first = other?.locate(path, 'key').position;
  const where = first ? `${first.file}:${first.line}` : 'another file';
  const message = `${quote(path.join('.'))} stands here and in ${where}`;
  return { position: here.locate(path, 'key').position, path: path.join('.'), message, hint: 'remove one of them' };
}

export function isMap(value: unknown): value is Values {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
