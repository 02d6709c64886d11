import { HttpError, unprocessable } from '../errors.ts';
import type { CommitObject } from '../git/objects.ts';
import { isOid } from '../git/objects.ts';
import type { Repository } from '../state.ts';

/** How a request sees refs: as they are, or as a stale read does. */
export type RefReader = (repository: Repository, ref: string) => string | undefined;

/** The object a revision names: an id (also a short one), a branch, a tag, or a qualified ref. */
export const resolveRevision = async (
  repository: Repository,
  name: string,
  ref: RefReader,
): Promise<string | undefined> => {
  if (isOid(name)) return (await repository.git.objects.read(name)) ? name : undefined;
  if (name === 'HEAD') return ref(repository, `refs/heads/${repository.defaultBranch}`);
  const named =
    ref(repository, `refs/heads/${name}`) ??
    ref(repository, `refs/tags/${name}`) ??
    ref(repository, `refs/${name}`) ??
    ref(repository, name);
  if (named) return named;
  if (!/^[0-9a-f]{7,39}$/.test(name)) return undefined;
  const result = await repository.git.tryGit('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  return result.code === 0 ? result.stdout.toString().trim() : undefined;
};

/** The commit a revision names. @throws HttpError 404 in an empty repository, 422 when there is none */
export const commitNamed = async (
  repository: Repository,
  name: string,
  ref: RefReader,
): Promise<{ oid: string; commit: CommitObject }> => {
  const oid = await resolveRevision(repository, name, ref);
  const commit = oid && (await repository.git.commit(oid));
  if (!oid || !commit) {
    if (repository.git.refs.list('refs/heads/').length === 0) throw new HttpError(409, 'Git Repository is empty.');
    throw unprocessable(`No commit found for SHA: ${name}`);
  }
  return { oid, commit };
};
