import type { core } from 'zod/mini';
import { closest } from '../model/closest.ts';
import type { Problem } from '../model/errors.ts';
import type { Position } from '../model/resource.ts';
import { pathText, type Aim, type Path } from './locate.ts';
import { found, quote } from './quote.ts';

/** Finds a path of the checked value in the files. */
export type Place = (path: Path, aim: Aim) => { position: Position; path: Path };

type Issue = core.$ZodIssue;

/** zod's issues as problems that a newcomer can act on; the one place where they are translated. */
export function problemsOf(issues: readonly Issue[], place: Place, within: Path = []): Problem[] {
  return issues.flatMap((issue) => problemsOfOne(issue, [...within, ...(issue.path as Path)], place));
}

function problemsOfOne(issue: Issue, path: Path, place: Place): Problem[] {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = issue.message.split(', ');
      return issue.keys.map((key) => {
        const near = closest(key, known);
        const hint = near ? `did you mean ${quote(near)}?` : `known keys: ${known.join(', ')}`;
        return problem(place([...path, key], 'key'), `${quote(key)} is not a key of ${nameOf(path)}`, hint);
      });
    }
    case 'invalid_union': {
      const telling = issue.errors.find((branch) => !branch.some(isOfWrongType));
      if (telling) return telling.flatMap((inner) => problemsOfOne(inner, [...path, ...(inner.path as Path)], place));
      return [mismatch(issue, path, place)];
    }
    case 'invalid_key':
      return [
        problem(
          place(path, 'key'),
          `${quote(String(path.at(-1)))} cannot be a name here`,
          `expected ${issue.issues[0]?.message ?? 'another name'}`,
        ),
      ];
    case 'custom': {
      const told = issue.params?.['found'] as string | undefined;
      if (told === undefined) return [mismatch(issue, path, place)];
      return [problem(place(path, 'value'), told, `expected ${issue.message}`)];
    }
    default:
      return [mismatch(issue, path, place)];
  }
}

function isOfWrongType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_union');
}

function mismatch(issue: Issue, path: Path, place: Place): Problem {
  const hint = `expected ${issue.message}`;
  if (issue.input === undefined) {
    const parent = path.slice(0, -1);
    return {
      ...problem(place(parent, 'key'), `${nameOf(parent)} has no ${quote(String(path.at(-1)))}`, hint),
      path: pathText(path),
    };
  }
  return problem(place(path, 'value'), `${nameOf(path)} is ${found(issue.input)}`, hint);
}

function problem(at: { position: Position; path: Path }, message: string, hint: string): Problem {
  return { position: at.position, path: pathText(at.path), message, hint };
}

/** How a value is called in a message: by its key, or by its number in its list. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'string') return quote(last);
  const list = path.slice(0, -1).findLast((part) => typeof part === 'string');
  return `entry ${last + 1} of ${quote(String(list ?? 'the list'))}`;
}
