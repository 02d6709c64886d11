import type { GitHub } from './github.ts';
import type { RepositoryName } from './repository.ts';

/** Repositories asked for in one request. */
const AT_ONCE = 100;

/**
 * Those of the repositories whose branch the token may read now. What is not there and what may not be seen are the same.
 * CredentialError for a token that GitHub does not take.
 */
export async function readableRepositories(
  github: GitHub,
  repositories: readonly RepositoryName[],
  branch: string,
): Promise<RepositoryName[]> {
  const found: RepositoryName[] = [];
  for (let from = 0; from < repositories.length; from += AT_ONCE) {
    const asked = repositories.slice(from, from + AT_ONCE);
    const variables: Record<string, string> = { branch: `refs/heads/${branch}` };
    const parts = asked.map(({ owner, repo }, index) => {
      variables[`o${index}`] = owner;
      variables[`n${index}`] = repo;
      return `r${index}: repository(owner: $o${index}, name: $n${index}) { ref(qualifiedName: $branch) { name } }`;
    });
    const names = Object.keys(variables).map((name) => `$${name}: String!`);
    const query = `query Readable(${names.join(', ')}) {\n  ${parts.join('\n  ')}\n}`;
    const answer = await github.graphql<Record<string, { ref: object | null } | null> | null>(query, variables, {
      kind: 'readable',
      absent: true,
    });
    found.push(...asked.filter((_, index) => answer?.[`r${index}`]?.ref));
  }
  return found;
}
