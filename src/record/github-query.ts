import { LABEL } from '../model/incident.ts';
import type { StatePart } from './store.ts';

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
  series?: ObjectNode;
}

export interface SnapshotNode extends StateNode {
  defaultBranchRef: { name: string } | null;
  issues?: { nodes: { number: number; title: string; body: string; labels: { nodes: { name: string }[] } | null }[] };
  config: { oid?: string; committedDate?: string; author?: { user: { login: string } | null } | null } | null;
  file: ObjectNode;
  folder: ObjectNode;
  fileOnDefault: ObjectNode;
  folderOnDefault: ObjectNode;
  sealed0: ObjectNode;
  sealed1: ObjectNode;
  sealed2: ObjectNode;
  sealedOnDefault0?: ObjectNode;
  sealedOnDefault1?: ObjectNode;
  sealedOnDefault2?: ObjectNode;
  certificates?: ObjectNode;
}

const BLOB = 'oid ... on Blob { byteSize isTruncated text }';

/** The environment's folder: its files, the names of what is in its folders, and, but for `shared`, every file in folders of theirs: resources and open incidents. */
const folder = (resources: boolean): string => `oid ... on Tree { entries { name type oid object { ${BLOB}
  ... on Tree { entries { name type oid ${resources ? `object { ... on Tree { entries { name type oid object { ${BLOB} } } } }` : ''} } } } } }`;

/**
 * The state part. Its expressions are looked up one by one, each at its own moment; the ids in the branch's tree tell
 * whether they all saw the same commit.
 */
const state = (what: StatePart): string => `
    ref(qualifiedName: $branch) { target { oid ... on Commit { tree { entries { name type oid } } } } }
    environment: object(expression: $environment) { ${folder(what !== 'shared')} }
    readme: object(expression: $readme) { ${BLOB} }
    journal: object(expression: $journal) { ${BLOB} }${
      what === 'history'
        ? `
    series: object(expression: $series) { oid ... on Tree { entries { name type oid object { ${BLOB} } } } }`
        : ''
    }`;

const stateVariables = (what: StatePart): string =>
  `$owner: String!, $repo: String!, $branch: String!, $environment: String!, $readme: String!, $journal: String!${
    what === 'history' ? ', $series: String!' : ''
  }`;

/** State alone, after a lost race. */
export const stateQuery = (what: StatePart): string => `query State(${stateVariables(what)}) {
  repository(owner: $owner, name: $repo) {${state(what)}
  }
}`;

/** At most a hundred: more incidents than that at once are not told apart by their labels. */
const ISSUES = `
    issues(first: 100, states: OPEN, labels: ["${LABEL}"]) {
      nodes { number title body labels(first: 20) { nodes { name } } }
    }`;

const REGISTER = `
    certificates: object(expression: $certificates) { ${BLOB} }`;

/** The default branch's sealed secrets, which a plan compares with those of its commit. */
const ON_DEFAULT = [0, 1, 2]
  .map(
    (index) => `
    sealedOnDefault${index}: object(expression: $default${index}) { ${BLOB} }`,
  )
  .join('');

/** Config, sealed secrets, state and head, together; for a health run also the certificates, and what people say by issues. */
export const snapshotQuery = (
  what: StatePart,
): string => `query Snapshot(${stateVariables(what)}, $commit: String!, $file: String!, $folder: String!,
  $sealed0: String!, $sealed1: String!, $sealed2: String!, ${what === 'history' ? '$certificates: String!' : '$default0: String!, $default1: String!, $default2: String!'}) {
  repository(owner: $owner, name: $repo) {
    defaultBranchRef { name }
    config: object(expression: $commit) { ... on Commit { oid committedDate author { user { login } } } }
    file: object(expression: $file) { ${BLOB} }
    folder: object(expression: $folder) { ... on Tree { entries { name type oid object { ${BLOB} } } } }
    fileOnDefault: object(expression: "HEAD:flotilla.yml") { ${BLOB} }
    folderOnDefault: object(expression: "HEAD:.flotilla") { ... on Tree { entries { name type oid object { ${BLOB} } } } }
    sealed0: object(expression: $sealed0) { ${BLOB} }
    sealed1: object(expression: $sealed1) { ${BLOB} }
    sealed2: object(expression: $sealed2) { ${BLOB} }${state(what)}${what === 'history' ? `${REGISTER}${ISSUES}` : ON_DEFAULT}
  }
}`;

/** The newest commits of the branch with their messages. */
export const RECENT_QUERY = `query Recent($owner: String!, $repo: String!, $branch: String!) {
  repository(owner: $owner, name: $repo) {
    ref(qualifiedName: $branch) { target { oid ... on Commit { history(first: 50) { nodes { oid message } } } } }
  }
}`;

/** The files of a folder and of the folders in it. */
export const FOLDER_QUERY = `query Folder($owner: String!, $repo: String!, $expression: String!) {
  repository(owner: $owner, name: $repo) {
    object(expression: $expression) { oid ... on Tree { entries { name type oid object { ${BLOB}
      ... on Tree { entries { name type oid object { ${BLOB} } } } } } } }
  }
}`;

export const COMMIT_MUTATION = `mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;
