import * as z from 'zod/mini';
import { closest } from '../model/closest.ts';
import type { EnvironmentConfig, ResourceConfig } from '../model/config.ts';
import { problemLine, type Problem } from '../model/errors.ts';
import { KINDS, SECTION, type Kind } from '../model/resource.ts';
import type { Path } from './locate.ts';
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
      if (change === null) {
        resources[name] = null;
        if (!Object.hasOwn(base, name))
          problems.push(nothingToRemove(path, problems.length < 10 ? Object.keys(base) : [], kind, place));
      } else if (isMap(change)) {
        const merged = z.safeParse(RESOURCE[kind], merge(Object.hasOwn(base, name) ? base[name] : {}, change), {
          reportInput: true,
        });
        if (merged.success) resources[name] = merged.data;
        else problems.push(...problemsOf(merged.error.issues, overlayFirst(place, path.slice(0, 2)), [section, name]));
      }
    }
    overlay[kind] = resources;
  }
  return { overlay, problems };
}

function merge(base: unknown, change: unknown): unknown {
  if (!isMap(base) || !isMap(change)) return withoutNulls(change);
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merged.has(key) ? merge(merged.get(key), value) : withoutNulls(value));
  }
  return Object.fromEntries(merged);
}

/** A `null` that has nothing to remove says the same as leaving the key out. */
function withoutNulls(value: unknown): unknown {
  return isMap(value) ? merge({}, value) : value;
}

/** Looks a path up in the overlay, then in the base; what neither says is the overlay's fault. */
function overlayFirst(place: Place, prefix: Path): Place {
  return (path, aim) => {
    const inOverlay = place([...prefix, ...path], aim);
    if (inOverlay.path.length === prefix.length + path.length) return inOverlay;
    const inBase = place(path, aim);
    return inBase.path.length === path.length ? inBase : inOverlay;
  };
}

function nothingToRemove(path: Path, names: string[], kind: Kind, place: Place): Problem {
  const name = String(path.at(-1));
  const near = closest(name, names);
  const { position } = place(path, 'key');
  return {
    position,
    path: path.join('.'),
    message: `${quote(name)} is left out here, but there is no such ${kind}`,
    hint: near ? `did you mean ${quote(near)}?` : 'remove the line',
  };
}

/** Drops the problems of merged resources that their base has already. */
export function newProblems(problems: Problem[], known: readonly Problem[]): Problem[] {
  const lines = new Set(known.map(problemLine));
  return problems.filter((problem) => !lines.has(problemLine(problem)));
}
