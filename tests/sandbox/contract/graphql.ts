import { expect, test } from 'vitest';
import type { ContractWorld } from './world.ts';

/** The state read in one query and written in one commit. */
export const graphqlContract = (world: () => ContractWorld): void => {
  test('GraphQL reads the state in one query and writes it in one commit', async () => {
    const { person, head } = world();
    const sha = await head();
    const { repository: read } = await person.graphql<{ repository: { id: string } }>(
      `query State($owner: String!, $name: String!) {
        repository(owner: $owner, name: $name) {
          id
          defaultBranchRef { name target { oid ... on Commit { messageHeadline committedDate } } }
          config: object(expression: "main:flotilla.yml") { __typename ... on Blob { text byteSize isTruncated } }
          folder: object(expression: "main:") { ... on Tree { entries { name type object { ... on Blob { text } } } } }
          nothing: object(expression: "main:none") { oid }
        }
        rateLimit { cost remaining resetAt }
      }`,
      { owner: 'acme', name: 'fleet' },
    );
    const { createCommitOnBranch: made } = await person.graphql<{
      createCommitOnBranch: { commit: { oid: string } };
    }>(
      `mutation Record($input: CreateCommitOnBranchInput!) {
        createCommitOnBranch(input: $input) { clientMutationId commit { oid url } ref { name target { oid } } }
      }`,
      {
        input: {
          branch: { repositoryNameWithOwner: 'acme/fleet', branchName: 'main' },
          expectedHeadOid: sha,
          message: { headline: 'record', body: '[skip ci]' },
          fileChanges: {
            additions: [{ path: 'production/environment.json', contents: btoa('{}\n') }],
            deletions: [{ path: 'LICENSE' }],
          },
        },
      },
    );
    expect(await head()).toBe(made.commit.oid);
    const late = person.graphql(
      `mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }`,
      {
        input: {
          branch: { repositoryNameWithOwner: 'acme/fleet', branchName: 'main' },
          expectedHeadOid: sha,
          message: { headline: 'late' },
          fileChanges: { additions: [{ path: 'late', contents: '' }] },
        },
      },
    );
    await expect(late).rejects.toThrow(/Expected branch to point to/);
    expect(read.id).toBeTypeOf('string');
  });
};
