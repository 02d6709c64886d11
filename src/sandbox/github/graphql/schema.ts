/**
 * The part of GitHub's GraphQL schema that the sandbox speaks: a true subset of the official one (a test holds the
 * two against each other), so that a query accepted here is one that GitHub accepts.
 */
const connection = (name: string, node: string): string => `
type ${name}Connection {
  edges: [${name}Edge]
  nodes: [${node}]
  pageInfo: PageInfo!
  totalCount: Int!
}

type ${name}Edge {
  cursor: String!
  node: ${node}
}
`;

const page = 'after: String, before: String, first: Int, last: Int';

export const typeDefinitions = `
scalar Base64String
scalar BigInt
scalar DateTime
scalar GitObjectID
scalar GitRefname
scalar GitTimestamp
scalar URI

interface Node { id: ID! }

interface Actor {
  login: String!
  url: URI!
}

interface RepositoryOwner {
  id: ID!
  login: String!
  url: URI!
}

interface GitObject {
  abbreviatedOid: String!
  id: ID!
  oid: GitObjectID!
  repository: Repository!
}

interface Labelable {
  labels(${page}): LabelConnection
}

interface Comment {
  author: Actor
  body: String!
  createdAt: DateTime!
  id: ID!
  updatedAt: DateTime!
}

enum OrderDirection { ASC DESC }
enum IssueOrderField { COMMENTS CREATED_AT UPDATED_AT }
enum DeploymentOrderField { CREATED_AT }
enum IssueState { CLOSED OPEN }
enum IssueClosedStateReason { COMPLETED DUPLICATE NOT_PLANNED }
enum IssueStateReason { COMPLETED DUPLICATE NOT_PLANNED REOPENED }
enum PullRequestState { CLOSED MERGED OPEN }
enum MergeableState { CONFLICTING MERGEABLE UNKNOWN }
enum PatchStatus { ADDED CHANGED COPIED DELETED MODIFIED RENAMED }
enum RepositoryPermission { ADMIN MAINTAIN READ TRIAGE WRITE }
enum DeploymentState { ABANDONED ACTIVE DESTROYED ERROR FAILURE INACTIVE IN_PROGRESS PENDING QUEUED SUCCESS WAITING }
enum DeploymentStatusState { ERROR FAILURE INACTIVE IN_PROGRESS PENDING QUEUED SUCCESS WAITING }

input IssueOrder { direction: OrderDirection!, field: IssueOrderField! }
input DeploymentOrder { direction: OrderDirection!, field: DeploymentOrderField! }
input IssueFilters { createdBy: String, labels: [String!], since: DateTime, states: [IssueState!] }

type PageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}

type Query {
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  rateLimit(dryRun: Boolean = false): RateLimit
  repository(followRenames: Boolean = true, name: String!, owner: String!): Repository
  user(login: String!): User
  viewer: User!
}

type RateLimit {
  cost: Int!
  limit: Int!
  nodeCount: Int!
  remaining: Int!
  resetAt: DateTime!
  used: Int!
}

type User implements Actor & Node & RepositoryOwner {
  databaseId: Int
  id: ID!
  login: String!
  name: String
  url: URI!
}

type Organization implements Actor & Node & RepositoryOwner {
  databaseId: Int
  id: ID!
  login: String!
  name: String
  url: URI!
}

type Bot implements Actor & Node {
  databaseId: Int
  id: ID!
  login: String!
  url: URI!
}

type Repository implements Node {
  databaseId: Int
  defaultBranchRef: Ref
  deployments(${page}, environments: [String!], orderBy: DeploymentOrder = {field: CREATED_AT, direction: ASC}): DeploymentConnection!
  id: ID!
  isEmpty: Boolean!
  isFork: Boolean!
  isPrivate: Boolean!
  issue(number: Int!): Issue
  issueOrPullRequest(number: Int!): IssueOrPullRequest
  issues(${page}, filterBy: IssueFilters, labels: [String!], orderBy: IssueOrder, states: [IssueState!]): IssueConnection!
  label(name: String!): Label
  labels(${page}, query: String): LabelConnection
  name: String!
  nameWithOwner: String!
  object(expression: String, oid: GitObjectID): GitObject
  owner: RepositoryOwner!
  pullRequest(number: Int!): PullRequest
  pullRequests(${page}, baseRefName: String, headRefName: String, labels: [String!], orderBy: IssueOrder, states: [PullRequestState!]): PullRequestConnection!
  ref(qualifiedName: String!): Ref
  refs(${page}, direction: OrderDirection, query: String, refPrefix: String!): RefConnection
  url: URI!
  viewerPermission: RepositoryPermission
}

union IssueOrPullRequest = Issue | PullRequest

type Ref implements Node {
  id: ID!
  name: String!
  prefix: String!
  repository: Repository!
  target: GitObject
}

type Commit implements GitObject & Node {
  abbreviatedOid: String!
  author: GitActor
  authoredDate: DateTime!
  committedDate: DateTime!
  committer: GitActor
  file(path: String!): TreeEntry
  history(${page}, path: String, since: GitTimestamp, until: GitTimestamp): CommitHistoryConnection!
  id: ID!
  message: String!
  messageBody: String!
  messageHeadline: String!
  oid: GitObjectID!
  parents(${page}): CommitConnection!
  repository: Repository!
  tree: Tree!
  url: URI!
}

type GitActor {
  date: GitTimestamp
  email: String
  name: String
  user: User
}

type Tree implements GitObject & Node {
  abbreviatedOid: String!
  entries: [TreeEntry!]
  id: ID!
  oid: GitObjectID!
  repository: Repository!
}

type TreeEntry {
  mode: Int!
  name: String!
  object: GitObject
  oid: GitObjectID!
  path: String
  repository: Repository!
  size: Int!
  type: String!
}

type Blob implements GitObject & Node {
  abbreviatedOid: String!
  byteSize: Int!
  id: ID!
  isBinary: Boolean
  isTruncated: Boolean!
  oid: GitObjectID!
  repository: Repository!
  text: String
}

type Label implements Node {
  color: String!
  description: String
  id: ID!
  isDefault: Boolean!
  name: String!
  repository: Repository!
  url: URI!
}

type Issue implements Comment & Labelable & Node {
  author: Actor
  body: String!
  closed: Boolean!
  closedAt: DateTime
  comments(${page}): IssueCommentConnection!
  createdAt: DateTime!
  databaseId: Int
  id: ID!
  labels(${page}): LabelConnection
  number: Int!
  repository: Repository!
  state: IssueState!
  stateReason: IssueStateReason
  title: String!
  updatedAt: DateTime!
  url: URI!
}

type IssueComment implements Comment & Node {
  author: Actor
  body: String!
  createdAt: DateTime!
  databaseId: Int
  id: ID!
  issue: Issue!
  updatedAt: DateTime!
  url: URI!
}

type PullRequest implements Comment & Labelable & Node {
  author: Actor
  baseRef: Ref
  baseRefName: String!
  baseRefOid: GitObjectID!
  body: String!
  changedFiles: Int!
  closed: Boolean!
  closedAt: DateTime
  comments(${page}): IssueCommentConnection!
  createdAt: DateTime!
  files(${page}): PullRequestChangedFileConnection
  fullDatabaseId: BigInt
  headRef: Ref
  headRefName: String!
  headRefOid: GitObjectID!
  headRepository: Repository
  id: ID!
  isCrossRepository: Boolean!
  isDraft: Boolean!
  labels(${page}): LabelConnection
  mergeCommit: Commit
  mergeable: MergeableState!
  merged: Boolean!
  mergedAt: DateTime
  number: Int!
  repository: Repository!
  state: PullRequestState!
  title: String!
  updatedAt: DateTime!
  url: URI!
}

type PullRequestChangedFile {
  additions: Int!
  changeType: PatchStatus!
  deletions: Int!
  path: String!
}

type Deployment implements Node {
  commitOid: String!
  createdAt: DateTime!
  creator: Actor!
  databaseId: Int
  description: String
  environment: String
  id: ID!
  latestStatus: DeploymentStatus
  payload: String
  repository: Repository!
  state: DeploymentState
  statuses(${page}): DeploymentStatusConnection
  task: String
  updatedAt: DateTime!
}

type DeploymentStatus implements Node {
  createdAt: DateTime!
  creator: Actor!
  deployment: Deployment!
  description: String
  environment: String
  environmentUrl: URI
  id: ID!
  logUrl: URI
  state: DeploymentStatusState!
  updatedAt: DateTime!
}
${[
  ['Deployment', 'Deployment'],
  ['DeploymentStatus', 'DeploymentStatus'],
  ['Issue', 'Issue'],
  ['IssueComment', 'IssueComment'],
  ['Label', 'Label'],
  ['PullRequest', 'PullRequest'],
  ['PullRequestChangedFile', 'PullRequestChangedFile'],
  ['Ref', 'Ref'],
]
  .map(([name = '', node = '']) => connection(name, node))
  .join('')}
type CommitConnection {
  edges: [CommitEdge]
  nodes: [Commit]
  pageInfo: PageInfo!
  totalCount: Int!
}

type CommitHistoryConnection {
  edges: [CommitEdge]
  nodes: [Commit]
  pageInfo: PageInfo!
  totalCount: Int!
}

type CommitEdge {
  cursor: String!
  node: Commit
}

type Mutation {
  addComment(input: AddCommentInput!): AddCommentPayload
  addLabelsToLabelable(input: AddLabelsToLabelableInput!): AddLabelsToLabelablePayload
  closeIssue(input: CloseIssueInput!): CloseIssuePayload
  createCommitOnBranch(input: CreateCommitOnBranchInput!): CreateCommitOnBranchPayload
  createIssue(input: CreateIssueInput!): CreateIssuePayload
  createLabel(input: CreateLabelInput!): CreateLabelPayload
  createRef(input: CreateRefInput!): CreateRefPayload
  deleteIssueComment(input: DeleteIssueCommentInput!): DeleteIssueCommentPayload
  deleteRef(input: DeleteRefInput!): DeleteRefPayload
  removeLabelsFromLabelable(input: RemoveLabelsFromLabelableInput!): RemoveLabelsFromLabelablePayload
  reopenIssue(input: ReopenIssueInput!): ReopenIssuePayload
  updateIssue(input: UpdateIssueInput!): UpdateIssuePayload
  updateIssueComment(input: UpdateIssueCommentInput!): UpdateIssueCommentPayload
  updateRef(input: UpdateRefInput!): UpdateRefPayload
  updateRefs(input: UpdateRefsInput!): UpdateRefsPayload
}

input CreateCommitOnBranchInput {
  branch: CommittableBranch!
  clientMutationId: String
  expectedHeadOid: GitObjectID!
  fileChanges: FileChanges
  message: CommitMessage!
}

input CommittableBranch { branchName: String, id: ID, repositoryNameWithOwner: String }
input CommitMessage { body: String, headline: String! }
input FileChanges { additions: [FileAddition!] = [], deletions: [FileDeletion!] = [] }
input FileAddition { contents: Base64String!, path: String! }
input FileDeletion { path: String! }
input CreateRefInput { clientMutationId: String, name: String!, oid: GitObjectID!, repositoryId: ID! }
input UpdateRefInput { clientMutationId: String, force: Boolean = false, oid: GitObjectID!, refId: ID! }
input UpdateRefsInput { clientMutationId: String, refUpdates: [RefUpdate!]!, repositoryId: ID! }
input RefUpdate { afterOid: GitObjectID!, beforeOid: GitObjectID, force: Boolean = false, name: GitRefname! }
input DeleteRefInput { clientMutationId: String, refId: ID! }
input CreateIssueInput { assigneeIds: [ID!], body: String, clientMutationId: String, labelIds: [ID!], repositoryId: ID!, title: String! }
input UpdateIssueInput { assigneeIds: [ID!], body: String, clientMutationId: String, id: ID!, labelIds: [ID!], state: IssueState, title: String }
input CloseIssueInput { clientMutationId: String, issueId: ID!, stateReason: IssueClosedStateReason }
input ReopenIssueInput { clientMutationId: String, issueId: ID! }
input AddCommentInput { body: String!, clientMutationId: String, subjectId: ID! }
input UpdateIssueCommentInput { body: String!, clientMutationId: String, id: ID! }
input DeleteIssueCommentInput { clientMutationId: String, id: ID! }
input AddLabelsToLabelableInput { clientMutationId: String, labelIds: [ID!]!, labelableId: ID! }
input RemoveLabelsFromLabelableInput { clientMutationId: String, labelIds: [ID!]!, labelableId: ID! }
input CreateLabelInput { clientMutationId: String, color: String!, description: String, name: String!, repositoryId: ID! }

type CreateCommitOnBranchPayload { clientMutationId: String, commit: Commit, ref: Ref }
type CreateRefPayload { clientMutationId: String, ref: Ref }
type UpdateRefPayload { clientMutationId: String, ref: Ref }
type UpdateRefsPayload { clientMutationId: String }
type DeleteRefPayload { clientMutationId: String }
type CreateIssuePayload { clientMutationId: String, issue: Issue }
type UpdateIssuePayload { actor: Actor, clientMutationId: String, issue: Issue }
type CloseIssuePayload { clientMutationId: String, issue: Issue }
type ReopenIssuePayload { clientMutationId: String, issue: Issue }
type AddCommentPayload { clientMutationId: String, commentEdge: IssueCommentEdge, subject: Node }
type UpdateIssueCommentPayload { clientMutationId: String, issueComment: IssueComment }
type DeleteIssueCommentPayload { clientMutationId: String }
type AddLabelsToLabelablePayload { clientMutationId: String, labelable: Labelable }
type RemoveLabelsFromLabelablePayload { clientMutationId: String, labelable: Labelable }
type CreateLabelPayload { clientMutationId: String, label: Label }
`;
