/** What a `uses:` means to this runner. */
import { join, resolve } from 'node:path';

import { WorkflowFileError } from './step.ts';

/** A `uses:` that this runner can carry out. */
export type Used =
  | { kind: 'checkout' }
  /** Something a hosted runner needs and this machine does not. */
  | { kind: 'nothing'; because: string }
  | { kind: 'composite'; folder: string; repository: string; ref: string };

const NOTHING: Readonly<Record<string, string>> = {
  'actions/setup-node': "the sandbox's runner has its own Node on PATH",
  'actions/cache': 'the sandbox keeps no cache between jobs',
  'actions/upload-artifact': 'the sandbox stores no artifacts',
  'actions/upload-pages-artifact': 'the sandbox stores no artifacts',
  'actions/deploy-pages': 'the sandbox has no GitHub Pages',
};

/**
 * Finds the action. `actions` maps `owner/name` to a local folder; `./path` stands in the workspace.
 * Throws `WorkflowFileError` for what is neither mapped nor built in.
 */
export function resolveUses(uses: string, actions: Readonly<Record<string, string>>, workspace: string): Used {
  if (uses.startsWith('./')) {
    return { kind: 'composite', folder: resolve(workspace, uses), repository: '', ref: '' };
  }
  const [name = '', ref = ''] = uses.split('@');
  const [owner, repo, ...path] = name.split('/');
  const repository = `${owner}/${repo}`;
  const folder = actions[repository];
  if (folder !== undefined) return { kind: 'composite', folder: join(folder, ...path), repository, ref };
  if (name === 'actions/checkout') return { kind: 'checkout' };
  const because = NOTHING[name];
  if (because !== undefined) return { kind: 'nothing', because };
  const known = ['./…', ...Object.keys(actions), 'actions/checkout', ...Object.keys(NOTHING)];
  throw new WorkflowFileError(
    `uses: ${uses}: the sandbox's runner does not have this action; it has ${known.join(', ')}`,
  );
}
