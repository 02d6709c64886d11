import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digest } from '../../src/model/canonical.ts';
import type { SourceFolder } from '../../src/model/source.ts';

/** A source folder out of thin air. */
export function folderOf(files: Record<string, string>): SourceFolder {
  return {
    dir: 'app',
    tree: digest(files, 40),
    async materialise(into) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(into, path)), { recursive: true });
        await writeFile(join(into, path), text);
      }
    },
  };
}
