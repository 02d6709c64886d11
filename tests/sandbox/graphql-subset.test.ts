import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { typeDefinitions } from '../../src/sandbox/github/graphql/schema.ts';
import { subsetViolations } from './graphql-subset.ts';
import { officialGraphql } from './official-graphql.ts';

test('a part that is not one is found out', () => {
  const violations = subsetViolations(
    buildSchema(`
      type Query { repository(name: Int!): Repository, fleet: Int }
      type Repository { id: String!, ships: [Ship] }
      type Ship { id: ID! }
      enum IssueState { OPEN, DROWNED }
      input CreateCommitOnBranchInput { branch: CommittableBranch!, fleet: String }
      input CommittableBranch { id: ID! }
      union Assignee = Repository
      interface Actor { login: String! }
      type Blob implements Actor { login: String! }
    `),
    officialGraphql(),
  );
  expect(violations.toSorted()).toEqual([
    'Assignee: Repository is not one of them',
    'Blob.login: there is no such field',
    'Blob: does not implement Actor',
    'CommittableBranch(id): is ID, not ID!',
    'CreateCommitOnBranchInput(expectedHeadOid): is demanded and left out',
    'CreateCommitOnBranchInput(fleet): there is no such input',
    'CreateCommitOnBranchInput(message): is demanded and left out',
    'IssueState.DROWNED: there is no such value',
    'Query.fleet: there is no such field',
    'Query.repository(name): is String!, not Int!',
    'Query.repository(owner): is demanded and left out',
    'Repository.id: is ID!, not String!',
    'Repository.ships: there is no such field',
    'Ship: there is no such type',
  ]);
});

test("the sandbox's GraphQL schema is a part of GitHub's", () => {
  expect(subsetViolations(buildSchema(typeDefinitions), officialGraphql())).toEqual([]);
});
