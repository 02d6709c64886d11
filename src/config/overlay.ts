import * as z from 'zod/mini';
import { closest } from '../model/closest.ts';
import type { EnvironmentConfig, ResourceConfig } from '../model/config.ts';
import { problemLine, type Problem } from '../model/errors.ts';
import { KINDS, SECTION, type Kind } from '../model/resource.ts';
import { pathText, type Path } from './locate.ts';
import { isMap } from './merge-files.ts';
import { problemsOf, type Place } from './problems-of.ts';
import { quote } from './quote.ts';
import { RESOURCE } from './schema/resources.ts';

type Values = Record<string, unknown>;

/**
 * Merges what one environment changes over the file's own resources and checks the result, resource by resource: maps
 * are merged key by key, `null` removes, everything else replaces. Problems point into the overlay where it says the
 * thing, else into the base. Stops looking when there are more than `most`.
 */
export function readOverlay(
  file: Values,
  environment: string,
  place: Place,
  most: number,
): { overlay: EnvironmentConfig['overlay']; problems: Problem[] } {
  const overlay: EnvironmentConfig['overlay'] = {};
  const problems: Problem[] = [];
  const sections = isMap(file['environments']) ? file['environments'][environment] : undefined;
  if (!isMap(sections)) return { overlay, problems };
  for (const kind of KINDS) {
    const section = SECTION[kind];
    const changes = sections[section];
    if (!isMap(changes)) continue;
    const base = isMap(file[section]) ? file[section] : {};
    const resources: Record<string, ResourceConfig | null> = {};
    for (const [name, change] of Object.entries(changes)) {
      if (problems.length > most) break;
      const path = ['environments', environment, section, name];
      const known = Object.hasOwn(base, name);
      if (change === null) {
        resources[name] = null;
        const others = problems.length < MOST_IDLE ? Object.keys(base) : [];
        if (!known) problems.push(nothingToRemove({ path, others }, kind, place));
      } else if (isMap(change)) {
        const idle: Idle[] = [];
        const merged = merge(known ? base[name] : {}, change, path, idle);
        problems.push(...idle.map((one) => nothingToRemove(one, 'key', place)));
        const checked = z.safeParse(RESOURCE[kind], merged, { reportInput: true });
        if (checked.success) resources[name] = checked.data;
        else problems.push(...problemsOf(checked.error.issues, overlayFirst(place, path.slice(0, 2)), [section, name]));
      }
    }
    overlay[kind] = resources;
  }
  return { overlay, problems };
}

/** Of one resource, and before names are compared no more: each of very many with all the others would take for ever. */
const MOST_IDLE = 10;

/** A `null` that removes nothing: most likely a slip of the pen. */
interface Idle {
  path: Path;
  /** What could have been removed there. */
  others: string[];
}

function merge(base: unknown, change: unknown, path: Path, idle: Idle[]): unknown {
  if (!isMap(change)) return change;
  const merged = new Map(Object.entries(isMap(base) ? base : {}));
  for (const [key, value] of Object.entries(change)) {
    const inside = [...path, key];
    if (value !== null) merged.set(key, merge(merged.get(key), value, inside, idle));
    else if (!merged.delete(key) && idle.length < MOST_IDLE) idle.push({ path: inside, others: [...merged.keys()] });
  }
  return Object.fromEntries(merged);
}

/** Looks a path up in the overlay, then in the base; what neither says is the overlay's fault. */
export function overlayFirst(place: Place, prefix: Path): Place {
  return (path, aim) => {
    const inOverlay = place([...prefix, ...path], aim);
    if (inOverlay.path.length === prefix.length + path.length) return inOverlay;
    const inBase = place(path, aim);
    return inBase.path.length === path.length ? inBase : inOverlay;
  };
}

function nothingToRemove({ path, others }: Idle, what: Kind | 'key', place: Place): Problem {
  const name = String(path.at(-1));
  const near = closest(name, others);
  return {
    position: place(path, 'key').position,
    path: pathText(path),
    message: `${quote(name)} is left out here, but the base has no such ${what}`,
    hint: near ? `did you mean ${quote(near)}?` : 'remove it',
  };
}

/** Drops the problems of merged resources that their base has already. */
export function newProblems(problems: Problem[], known: readonly Problem[]): Problem[] {
  const lines = new Set(known.map(problemLine));
  return problems.filter((problem) => !lines.has(problemLine(problem)));
}
