/** Which repository. Both are parameters of GitHub's routes. */
export interface RepositoryName {
  owner: string;
  repo: string;
}

/** Splits `owner/name`. */
export function repositoryName(fullName: string): RepositoryName {
  const [owner = '', repo = ''] = fullName.split('/');
  return { owner, repo };
}
