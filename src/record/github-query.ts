/** A blob as far as GraphQL tells it. `text` is null for binary files and for those over GitHub's limit. */
export interface BlobNode {
  oid: string;
  byteSize?: number;
  isTruncated?: boolean;
  text?: string | null;
}

export interface EntryNode {
  name: string;
  type: string;
  oid: string;
  object?: (BlobNode & { entries?: EntryNode[] }) | null;
}

/** A folder, a file, or neither of them there. */
export type ObjectNode = (BlobNode & { entries?: EntryNode[] }) | null;

export interface StateNode {
  ref: { target: { oid: string; tree?: { entries: EntryNode[] } } } | null;
  environment: ObjectNode;
  readme: ObjectNode;
  journal: ObjectNode;
}

export interface SnapshotNode extends StateNode {
  defaultBranchRef: { name: string } | null;
  config: { oid?: string } | null;
  file: ObjectNode;
  folder: ObjectNode;
}

const BLOB = 'oid ... on Blob { byteSize isTruncated text }';

/** The environment's folder: its files, the names of what is in its folders, and, for `all`, every resource's file. */
const folder = (resources: boolean): string => `oid ... on Tree { entries { name type oid object { ${BLOB}
  ... on Tree { entries { name type oid ${resources ? `object { ... on Tree { entries { name type oid object { ${BLOB} } } } }` : ''} } } } } }`;

/**
 * The state part. Its expressions are looked up one by one, each at its own moment; the ids in the branch's tree tell
 * whether they all saw the same commit.
 */
const state = (resources: boolean): string => `
    ref(qualifiedName: $branch) { target { oid ... on Commit { tree { entries { name type oid } } } } }
    environment: object(expression: $environment) { ${folder(resources)} }
    readme: object(expression: $readme) { ${BLOB} }
    journal: object(expression: $journal) { ${BLOB} }`;

const STATE_VARIABLES =
  '$owner: String!, $repo: String!, $branch: String!, $environment: String!, $readme: String!, $journal: String!';

/** State alone, after a lost race. */
export const stateQuery = (what: 'all' | 'shared'): string => `query State(${STATE_VARIABLES}) {
  repository(owner: $owner, name: $repo) {${state(what === 'all')}
  }
}`;

/** Config, state and head, together. */
export const SNAPSHOT_QUERY = `query Snapshot(${STATE_VARIABLES}, $commit: String!, $file: String!, $folder: String!) {
  repository(owner: $owner, name: $repo) {
    defaultBranchRef { name }
    config: object(expression: $commit) { ... on Commit { oid } }
    file: object(expression: $file) { ${BLOB} }
    folder: object(expression: $folder) { ... on Tree { entries { name type oid object { ${BLOB} } } } }${state(true)}
  }
}`;

/** The newest commits of the branch with their messages. */
export const RECENT_QUERY = `query Recent($owner: String!, $repo: String!, $branch: String!) {
  repository(owner: $owner, name: $repo) {
    ref(qualifiedName: $branch) { target { oid ... on Commit { history(first: 50) { nodes { oid message } } } } }
  }
}`;

/** Id of whatever an expression names. */
export const OBJECT_QUERY = `query Object($owner: String!, $repo: String!, $expression: String!) {
  repository(owner: $owner, name: $repo) { object(expression: $expression) { oid } }
}`;

export const COMMIT_MUTATION = `mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;
