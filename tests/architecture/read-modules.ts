import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { codeOf } from './code-of.ts';

/** One source file as the rules see it. */
export interface Module {
  /** From the root of the repository. */
  path: string;
  imports: Import[];
  /** The text without comments, strings, templates and regular expressions. */
  code: string;
  /** Its plain strings. */
  strings: string[];
}

export interface Import {
  /** A path of this repository, a package's name, or `node:…`. */
  to: string;
  dynamic: boolean;
  typeOnly: boolean;
}

export function readModules(root: string, folders: readonly string[]): Module[] {
  return folders.flatMap((folder) =>
    filesBelow(root, folder).map((path) => moduleOf(path, readFileSync(join(root, path), 'utf8'))),
  );
}

/** All TypeScript files below a folder; starter fleets are programs of their own. */
function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return folder === 'src/templates' ? [] : filesBelow(root, path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

const STATIC =
  /(?:^|[;}\n])\s*(?:import|export)\s+(type\s)?(?:[\w$\s{},*]*?\sfrom\s*|[\w$\s{},*]*\}\s*from\s*)?"(\d+)"/g;
const DYNAMIC = /\b(typeof\s+)?import\s*\(\s*"(\d+)"/g;

/** @param text TypeScript source */
export function moduleOf(path: string, text: string): Module {
  const { code, strings } = codeOf(text);
  const found = (pattern: RegExp, dynamic: boolean): Import[] =>
    [...code.matchAll(pattern)].map(([, type, index]) => ({
      to: resolve(path, strings[Number(index)] as string),
      dynamic,
      typeOnly: type !== undefined,
    }));
  return { path, code, strings, imports: [...found(STATIC, false), ...found(DYNAMIC, true)] };
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.normalize(`${posix.dirname(from)}/${specifier}`);
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
