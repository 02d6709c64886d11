/** GraphQL global ids: a short prefix for the type, then the key, opaque to clients as GitHub's are. */
const prefixes = {
  User: 'U',
  Organization: 'O',
  Bot: 'BOT',
  App: 'A',
  Repository: 'R',
  Issue: 'I',
  PullRequest: 'PR',
  IssueComment: 'IC',
  Label: 'LA',
  CheckRun: 'CR',
  CheckSuite: 'CS',
  Commit: 'C',
  Tree: 'T',
  Blob: 'B',
  Ref: 'REF',
  Deployment: 'DE',
  DeploymentStatus: 'DES',
  Environment: 'EN',
  Status: 'SC',
  Reaction: 'REA',
  Workflow: 'W',
  WorkflowRun: 'WFR',
  Installation: 'MDI',
} as const;

export type NodeType = keyof typeof prefixes;

const types = new Map(Object.entries(prefixes).map(([type, prefix]) => [prefix as string, type as NodeType]));

export const nodeId = (type: NodeType, ...key: (string | number)[]): string =>
  `${prefixes[type]}_${Buffer.from(key.join(':')).toString('base64url')}`;

/** The inverse of {@link nodeId}; `undefined` for what is no id of ours. The key may itself hold colons after the first. */
export const parseNodeId = (id: string): { type: NodeType; key: string[] } | undefined => {
  const cut = id.indexOf('_');
  const type = types.get(id.slice(0, cut));
  if (cut < 0 || !type) return undefined;
  const text = Buffer.from(id.slice(cut + 1), 'base64url').toString();
  const colon = text.indexOf(':');
  return { type, key: colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)] };
};
