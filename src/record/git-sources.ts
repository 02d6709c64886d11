import { resolve } from 'node:path';
import { UnsupportedError } from '../model/errors.ts';
import type { SourceFolders } from '../model/source.ts';
import { findRepository, git, tryGit } from './git-process.ts';
import { withIndex } from './git-work-tree.ts';

/** Source folders out of the objects of the repository that `folder` is in; a shallow clone of the commit is enough. */
export async function gitSources(folder: string): Promise<SourceFolders> {
  const root = await findRepository(folder);
  return {
    sourceFolder: (dir, tree) => ({
      dir,
      tree,
      materialise: (into) =>
        withIndex(async (indexFile) => {
          const { code, stderr } = await tryGit(root, ['read-tree', '--end-of-options', tree], { indexFile });
          if (code !== 0)
            throw new UnsupportedError(
              `the files of ${dir || 'the repository'} (tree ${tree}) are not in ${root}: ${stderr}`,
              {
                mend: 'check out the commit that is applied, e.g. with actions/checkout, or `git fetch` it',
              },
            );
          await git(root, ['checkout-index', '--all', '--force', `--prefix=${resolve(into)}/`], { indexFile });
        }),
    }),
  };
}
