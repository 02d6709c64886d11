import { transformSync } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program of this folder as JavaScript in `folder`, so that taking the types off is not timed; its path there. */
export function plainProgram(name: string, folder: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(
    path,
    transformSync(readFileSync(join(import.meta.dirname, `${name}.ts`), 'utf8'), { loader: 'ts' }).code,
  );
  return path;
}
