import { UnsupportedError } from '../model/errors.ts';

/** Which repository; spread into the parameters of GitHub's routes, hence a type. */
export type RepositoryName = {
  owner: string;
  repo: string;
};

/** Splits `owner/name`; UnsupportedError for anything else. */
export function repositoryName(fullName: string): RepositoryName {
  const [, owner, repo] = /^([\w-]+)\/([\w.-]+)$/.exec(fullName) ?? [];
  if (owner && repo) return { owner, repo };
  throw new UnsupportedError(`"${fullName}" is no repository`, { mend: 'write owner/name' });
}
