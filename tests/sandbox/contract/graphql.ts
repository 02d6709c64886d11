import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { typeDefinitions } from '../../../src/sandbox/github/graphql/schema.ts';
import { everyField, fieldsLeftOut } from './every-field.ts';
import type { ContractWorld } from './world.ts';

const schema = buildSchema(typeDefinitions);
const branch = { repositoryNameWithOwner: 'acme/fleet', branchName: 'main' };

/** Every query and mutation with every field; above all the state, read in one query and written in one commit. */
export const graphqlContract = (world: () => ContractWorld): void => {
  const mutate = async (name: string, input: object, selection = '{ clientMutationId }'): Promise<any> => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
    const document = `mutation Change($input: ${type}) { ${name}(input: $input) ${selection} }`;
    return (await world().person.graphql<Record<string, unknown>>(document, { input }))[name];
  };

  test('GraphQL reads the state in one query and writes it in one commit', async () => {
    const { person, head } = world();
    const sha = await head();
    const { repository } = await person.graphql<{ repository: Record<string, any> }>(
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
    expect(repository).toMatchObject({ defaultBranchRef: { target: { oid: sha } }, nothing: null });
    const made = await mutate(
      'createCommitOnBranch',
      {
        branch,
        expectedHeadOid: sha,
        message: { headline: 'record', body: '[skip ci]' },
        fileChanges: {
          additions: [{ path: 'production/environment.json', contents: btoa('{}\n') }],
          deletions: [{ path: 'LICENSE' }],
        },
      },
      '{ clientMutationId commit { oid url } ref { name target { oid } } }',
    );
    expect(await head()).toBe(made.commit.oid);
    const late = { branch, expectedHeadOid: sha, message: { headline: 'late' }, fileChanges: {} };
    await expect(mutate('createCommitOnBranch', late)).rejects.toThrow(/Expected branch to point to/);
  });

  test('GraphQL moves several refs at once, or none', async () => {
    const { person, head } = world();
    const sha = await head();
    const { repository } = await person.graphql<any>('{ repository(owner: "acme", name: "fleet") { id } }');
    const { ref } = await mutate(
      'createRef',
      { repositoryId: repository.id, name: 'refs/heads/one', oid: sha },
      '{ clientMutationId ref { id name prefix } }',
    );
    expect(ref).toMatchObject({ name: 'one', prefix: 'refs/heads/' });
    const { sha: next } = await world().github.push('acme/fleet', { branch: 'two', files: { two: '2' }, message: '2' });
    const swap = (before: string) => ({
      repositoryId: repository.id,
      refUpdates: [
        { name: 'refs/heads/one', beforeOid: before, afterOid: next },
        { name: 'refs/heads/three', beforeOid: '0'.repeat(40), afterOid: next },
      ],
    });
    await expect(mutate('updateRefs', swap(next))).rejects.toThrow();
    await mutate('updateRefs', swap(sha));
    expect([await head('one'), await head('three')]).toEqual([next, next]);
    await mutate('updateRef', { refId: ref.id, oid: sha, force: true }, '{ clientMutationId ref { target { oid } } }');
    await mutate('deleteRef', { refId: ref.id });
    await expect(head('one')).rejects.toMatchObject({ status: 404 });
  });

  test('GraphQL opens, updates and closes an issue', async () => {
    const { person } = world();
    const { repository } = await person.graphql<any>('{ repository(owner: "acme", name: "fleet") { id } }');
    const repositoryId = repository.id;
    const { label } = await mutate(
      'createLabel',
      { repositoryId, name: 'late', color: 'ffffff' },
      '{ clientMutationId label { id name } }',
    );
    const { issue } = await mutate(
      'createIssue',
      { repositoryId, title: 'service/web is down', body: 'Since now.' },
      '{ clientMutationId issue { id number state } }',
    );
    const labels = { labelableId: issue.id, labelIds: [label.id] };
    const labelled = '{ clientMutationId labelable { __typename labels(first: 5) { nodes { name } } } }';
    const added = await mutate('addLabelsToLabelable', labels, labelled);
    expect(added.labelable).toMatchObject({ __typename: 'Issue', labels: { nodes: [{ name: 'late' }] } });
    await mutate('removeLabelsFromLabelable', labels, labelled);
    const { commentEdge } = await mutate(
      'addComment',
      { subjectId: issue.id, body: 'Still.' },
      '{ clientMutationId commentEdge { cursor node { id body } } subject { __typename id } }',
    );
    const comment = { id: commentEdge.node.id };
    const changed = '{ clientMutationId issueComment { id body } }';
    await mutate('updateIssueComment', { ...comment, body: 'Back.' }, changed);
    await mutate('deleteIssueComment', comment);
    const stood = '{ clientMutationId issue { state stateReason closedAt } }';
    await mutate(
      'updateIssue',
      { id: issue.id, title: 'service/web was down' },
      '{ actor { login } clientMutationId issue { title } }',
    );
    const closed = await mutate('closeIssue', { issueId: issue.id, stateReason: 'COMPLETED' }, stood);
    expect(closed.issue).toMatchObject({ state: 'CLOSED', stateReason: 'COMPLETED' });
    const again = await mutate('reopenIssue', { issueId: issue.id }, stood);
    expect(again.issue).toMatchObject({ state: 'OPEN', stateReason: 'REOPENED' });
  });

  test('GraphQL answers every field it has', async () => {
    const { person, github } = world();
    const fleet = github.state.repositories.get('acme/fleet')!;
    const numbers = [...fleet.issues.values()];
    const issue = numbers.find(({ pull }) => !pull)!.number;
    const pull = numbers.find(({ pull }) => pull)!.number;
    const { repository } = await person.graphql<any>('{ repository(owner: "acme", name: "fleet") { id } }');
    const given = {
      'Query.repository': 'owner: "acme", name: "fleet"',
      'Query.user': 'login: "acme"',
      'Query.node': `id: "${repository.id}"`,
      'Query.nodes': `ids: ["${repository.id}"]`,
      'Repository.issue': `number: ${issue}`,
      'Repository.issueOrPullRequest': `number: ${pull}`,
      'Repository.pullRequest': `number: ${pull}`,
      'Repository.label': 'name: "late"',
      'Repository.object': 'expression: "main:"',
      'Repository.ref': 'qualifiedName: "refs/heads/main"',
      'Repository.refs': 'refPrefix: "refs/heads/"',
      'Commit.file': 'path: "flotilla.yml"',
    };
    const fields = everyField(schema, 'Query', given);
    await expect(person.graphql(`query Everything ${fields}`)).resolves.toHaveProperty('Query_viewer');
    const documents = github.traffic
      .filter(({ route, status }) => route === 'graphql' && status === 200)
      .map(({ requestBody }) => (requestBody as { query: string }).query);
    expect(fieldsLeftOut(schema, documents)).toEqual([]);
  });
};
