/** `actions/checkout`: a real fetch of the repository at the run's commit. */
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** What the action was asked for, and how it reaches git. */
export interface Checkout {
  inputs: Readonly<Record<string, string>>;
  serverUrl: string;
  repository: string;
  ref: string;
  sha: string;
  token: string;
  workspace: string;
  /** Runs git in a folder; lines go to the step's log, and the answer is the exit code. */
  git(folder: string, ...args: string[]): Promise<number>;
  log(line: string): void;
  /** Hides a value in the log. */
  mask(value: string): void;
}

/** Fetches and checks out. Throws with the failed command when git fails. */
export async function checkout(request: Checkout): Promise<{ ref: string; commit: string }> {
  const { inputs } = request;
  const repository = inputs.repository || request.repository;
  const token = inputs.token || request.token;
  const folder = resolve(request.workspace, inputs.path || '.');
  const wanted = wantedCommit(request, repository);
  const url = `${request.serverUrl}/${repository}.git`;
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  request.mask(basic);
  request.log(`Syncing repository: ${repository}`);

  const git = async (...args: string[]): Promise<void> => {
    const code = await request.git(folder, ...args);
    if (code !== 0) throw new Error(`The process 'git ${args[0]}' failed with exit code ${code}`);
  };
  await mkdir(folder, { recursive: true });
  await rm(join(folder, '.git'), { recursive: true, force: true });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', url);
  const header = `http.${request.serverUrl}/.extraheader`;
  await git('config', '--local', header, `AUTHORIZATION: basic ${basic}`);

  const depth = Number(inputs['fetch-depth'] || 1);
  const fetch = ['fetch', '--quiet', '--no-recurse-submodules', '--force'];
  if (depth === 0) await git(...fetch, 'origin', '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*');
  // Last, so that the run's own commit stands although its branch has moved on.
  const shallow = depth === 0 ? [] : ['--no-tags', `--depth=${depth}`];
  await git(...fetch, ...shallow, 'origin', `+${wanted.commit || wanted.ref}:${wanted.local}`);
  if (wanted.branch === undefined) await git('checkout', '--quiet', '--force', '--detach', wanted.local);
  else await git('checkout', '--quiet', '--force', '-B', wanted.branch, wanted.local);
  if (inputs['persist-credentials'] === 'false') await git('config', '--local', '--unset-all', header);
  request.log(`Checked out ${wanted.commit || wanted.ref}`);
  return { ref: wanted.ref, commit: wanted.commit };
}

interface Wanted {
  ref: string;
  /** Empty: whatever the ref points to. */
  commit: string;
  /** The local ref it is fetched to. */
  local: string;
  /** The branch to be on; absent means a detached head. */
  branch?: string;
}

function wantedCommit(request: Checkout, repository: string): Wanted {
  const own = repository === request.repository;
  const asked = request.inputs.ref || (own ? request.ref : 'HEAD');
  const commit = own && !request.inputs.ref ? request.sha : '';
  if (/^[0-9a-f]{40}$/.test(asked)) return { ref: asked, commit: asked, local: 'refs/remotes/origin/checkout' };
  if (asked.startsWith('refs/pull/')) return { ref: asked, commit, local: asked.replace('refs/', 'refs/remotes/') };
  if (asked.startsWith('refs/tags/')) return { ref: asked, commit, local: asked };
  if (asked === 'HEAD') return { ref: asked, commit, local: 'refs/remotes/origin/HEAD' };
  const branch = asked.replace(/^refs\/heads\//, '');
  return { ref: `refs/heads/${branch}`, commit, local: `refs/remotes/origin/${branch}`, branch };
}
