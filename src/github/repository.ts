/** Which repository; spread into the parameters of GitHub's routes, hence a type. */
export type RepositoryName = {
  owner: string;
  repo: string;
};

/** Splits `owner/name`. */
export function repositoryName(fullName: string): RepositoryName {
  const [owner = '', repo = ''] = fullName.split('/');
  return { owner, repo };
}
