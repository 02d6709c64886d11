import type { Module } from './read-modules.ts';

/**
 * Every circle that a walk along the imports closes, each as the files on it, first and last the same. Types count. Lazy
 * imports do not: a table that loads what it lists when it is asked for needs nothing of it before.
 */
export function circlesOf(modules: Module[]): string[][] {
  const imports = new Map(
    modules.map(({ path, imports }) => [path, imports.filter(({ dynamic }) => !dynamic).map(({ to }) => to)]),
  );
  const done = new Set<string>();
  const trail: string[] = [];
  const circles: string[][] = [];
  const walk = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) return void circles.push([...trail.slice(start), path]);
    if (done.has(path)) return;
    trail.push(path);
    for (const to of imports.get(path) ?? []) walk(to);
    trail.pop();
    done.add(path);
  };
  for (const { path } of modules) walk(path);
  return circles;
}
