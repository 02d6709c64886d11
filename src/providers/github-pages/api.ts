import { z } from 'zod';
import { ConflictError, CredentialError, TransientError, UnsupportedError } from '../../model/errors.ts';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, path, statusOf, type WriteCall } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';

/** What GitHub's API has on one branch of one repository and on its Pages site, typed, as far as the site handler relies on it. */

export const ENDPOINT = 'https://api.github.com';
export const DEFAULT_BRANCH = 'gh-pages';

export interface Commit {
  sha: string;
  message: string;
  /** The root's. */
  tree: string;
}

const Pages = z.object({
  cname: z.string().nullable(),
  html_url: z.string().nullish(),
  build_type: z.string().nullish(),
  source: z.object({ branch: z.string(), path: z.string() }).nullish(),
});
export type Pages = z.infer<typeof Pages>;

const Build = z.object({
  /** Tells one from another. */
  url: z.string(),
  status: z.string().nullable(),
  commit: z.string().nullish(),
  error: z.object({ message: z.string().nullish() }).nullish(),
});
export type Build = z.infer<typeof Build>;

const Sha = z.object({ sha: z.string() });
const Refs = z.array(z.object({ ref: z.string() }));
const Listed = z.object({ sha: z.string(), commit: z.object({ message: z.string(), tree: Sha }) });
const Single = z.object({ sha: z.string(), message: z.string(), tree: Sha });
const Tree = z.object({
  sha: z.string(),
  truncated: z.boolean().nullish(),
  tree: z.array(z.object({ path: z.string(), type: z.string(), sha: z.string() })),
});

/** A file of a tree: what it holds, or the blob that holds it. */
export type Entry = { path: string } & ({ content: string } | { sha: string });

export interface PagesReader {
  /** `owner/name`. */
  repository: string;
  branch: string;
  /** The branch's commits, newest first, at most thirty; undefined when there is no such branch. */
  history(): Promise<Commit[] | undefined>;
  commit(sha: string): Promise<Commit | undefined>;
  /** Blobs of all files below a tree. */
  blobs(tree: string): Promise<Set<string>>;
  pages(): Promise<Pages | undefined>;
  /** Newest first. */
  builds(): Promise<Build[]>;
  latestBuild(): Promise<Build | undefined>;
}

export interface PagesWriter extends PagesReader {
  /** Blobs that it has made of the files on the way. */
  createTree(entries: Entry[], base?: string): Promise<{ tree: string; blobs: string[] }>;
  createBlob(bytes: Buffer): Promise<void>;
  createCommit(message: string, tree: string, parent: string | undefined): Promise<Commit>;
  /** Makes the branch, or moves it on; never back. @throws TransientError when somebody else did so meanwhile. */
  setBranch(commit: string, isThere: boolean): Promise<void>;
  removeBranch(): Promise<void>;
  /** Serves the branch, where nothing is served yet. GitHub starts a build by itself. Undefined when it is gone again. */
  createPages(): Promise<Pages | undefined>;
  changePages(settings: { source?: true; cname?: string | null }): Promise<void>;
  removePages(): Promise<void>;
  requestBuild(): Promise<void>;
  account: Pick<Account, 'delay'>;
  /** The same, with these values hidden in what GitHub says. */
  hiding(values: readonly string[]): PagesWriter;
}

/** Of commits and of builds that are looked at. */
const MOST = 30;
/** For a file of 100 MB on a slow line. */
const UPLOAD_SECONDS = 300;
const PERMISSIONS = '`permissions: { contents: write, pages: write }`';

export function connect(account: Account): { reader: PagesReader; writer: PagesWriter } {
  const { repository, branch } = placeOf(account);
  const [owner = '', name = ''] = repository.split('/');
  const root = path`/repos/${owner}/${name}`;
  const ref = `heads/${branch.split('/').map(encodeURIComponent).join('/')}`;
  const settingsMend =
    `a workflow's own token cannot change these settings: once, choose "Deploy from a branch", ${branch} and / (root) under ` +
    `Settings > Pages of ${repository}, or set GITHUB_TOKEN to a token with "Pages" and "Administration" set to write`;
  const http = createHttp({
    name: 'GitHub Pages',
    baseUrl: endpointOf(account, account.githubApi ?? ENDPOINT),
    headers: {
      authorization: `Bearer ${account.credentials['GITHUB_TOKEN'] ?? ''}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    },
    signal: account.signal,
    credentialMend: `give the job ${PERMISSIONS}, or GITHUB_TOKEN these rights to ${repository}`,
    mask: account.mask,
  });

  /** What a token may not see is "not found" as well, which must not be taken for absence: of a repository that it sees, this is a list. */
  async function requireAbsent(): Promise<void> {
    const refs = await http.reader.find(`${root}/git/matching-refs/${ref}`, { parse: (value) => Refs.parse(value) });
    if (!refs)
      throw new CredentialError(`GitHub Pages: ${repository} is not there, or GITHUB_TOKEN may not see it`, {
        mend: `check providers.${account.name}.repository, and what the token may read`,
      });
    if (refs.some((each) => each.ref === `refs/heads/${branch}`))
      throw new TransientError(
        `GitHub Pages: GitHub has the branch ${branch} of ${repository} and does not show it yet`,
      );
  }

  const reader: PagesReader = {
    repository,
    branch,
    async history() {
      const found = await http.reader
        .find(`${root}/commits`, {
          query: { sha: branch, per_page: MOST },
          parse: (value) => z.array(Listed).parse(value),
        })
        .catch((error: unknown) => {
          if (statusOf(error) === 422) return undefined;
          if (statusOf(error) !== 409) throw error;
          throw new ConflictError(`GitHub Pages: ${repository} is empty`, {
            mend: 'make a first commit there, on its default branch: before that GitHub takes no files by its API',
          });
        });
      if (!found) await requireAbsent();
      return found?.map(({ sha, commit: { message, tree } }) => ({ sha, message, tree: tree.sha }));
    },
    commit: (sha) => http.reader.find(`${root}${path`/git/commits/${sha}`}`, { parse: asCommit }),
    async blobs(tree) {
      const { tree: entries } = await http.reader.get(`${root}${path`/git/trees/${tree}`}`, {
        query: { recursive: '1' },
        parse: (value) => Tree.parse(value),
      });
      return new Set(entries.flatMap(({ type, sha }) => (type === 'blob' ? [sha] : [])));
    },
    pages: () => http.reader.find(`${root}/pages`, { parse: (value) => Pages.parse(value) }),
    builds: async () =>
      (await http.reader.find(`${root}/pages/builds`, {
        query: { per_page: MOST },
        parse: (value) => z.array(Build).parse(value),
      })) ?? [],
    latestBuild: () => http.reader.find(`${root}/pages/builds/latest`, { parse: (value) => Build.parse(value) }),
  };

  /** Settings of the site are for those who administer the repository. */
  async function setting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (statusOf(error) !== 403 || (error as { tag?: unknown }).tag !== 'credential') throw error;
      const { message, cause } = error as Error;
      throw new CredentialError(message, { cause, mend: `give the job ${PERMISSIONS}; ${settingsMend}` });
    }
  }

  const writerHiding = (mask: readonly string[]): PagesWriter => {
    const post = <T>(at: string, call: WriteCall<T>) => http.writer.post(`${root}${at}`, { ...call, mask });
    return {
      ...reader,
      account,
      hiding: writerHiding,
      createTree: (entries, base) =>
        post('/git/trees', {
          json: {
            tree: entries.map((entry) => ({ ...entry, mode: '100644', type: 'blob' })),
            ...(base ? { base_tree: base } : {}),
          },
          timeoutSeconds: UPLOAD_SECONDS,
          parse(value) {
            const { sha, tree } = Tree.parse(value);
            return { tree: sha, blobs: tree.map((entry) => entry.sha) };
          },
        }),
      createBlob: (bytes) =>
        post('/git/blobs', {
          json: { content: bytes.toString('base64'), encoding: 'base64' },
          timeoutSeconds: UPLOAD_SECONDS,
        }),
      createCommit: (message, tree, parent) =>
        post('/git/commits', { json: { message, tree, parents: parent ? [parent] : [] }, parse: asCommit }),
      async setBranch(sha, isThere) {
        const work = isThere
          ? http.writer.patch(`${root}/git/refs/${ref}`, { json: { sha, force: false }, mask })
          : post('/git/refs', { json: { ref: `refs/heads/${branch}`, sha } });
        await work.catch((error: unknown) => {
          if (statusOf(error) !== 422 || !/fast.?forward|already exists/i.test((error as Error).message)) throw error;
          throw new TransientError(
            `GitHub Pages: somebody else changed the branch ${branch} of ${repository} meanwhile`,
          );
        });
      },
      async removeBranch() {
        await http.writer.delete(`${root}/git/refs/${ref}`).catch((error: unknown) => {
          if (statusOf(error) !== 422 || !/does not exist/i.test((error as Error).message)) throw error;
        });
      },
      async createPages() {
        const made = await setting(
          post<Pages | 'there'>('/pages', {
            json: { build_type: 'legacy', source: { branch, path: '/' } },
            // Made meanwhile, or by a call whose answer was lost.
            refused: (status) => (status === 409 ? 'there' : undefined),
            parse: (value) => Pages.parse(value),
          }),
        );
        return made === 'there' ? reader.pages() : made;
      },
      changePages: ({ source, cname }) =>
        setting(
          http.writer.put(`${root}/pages`, {
            json: {
              ...(source ? { build_type: 'legacy', source: { branch, path: '/' } } : {}),
              ...(cname === undefined ? {} : { cname }),
            },
            mask,
          }),
        ),
      removePages: async () => void (await setting(http.writer.delete(`${root}/pages`))),
      requestBuild: () => post('/pages/builds', {}),
    };
  };
  return { reader, writer: writerHiding([]) };
}

/** The options of an account, with what stands for those left out. */
function placeOf({ name, options, repository }: Account): { repository: string; branch: string } {
  const { repository: own = repository, branch = DEFAULT_BRANCH } = options;
  if (typeof own === 'string') return { repository: own, branch: branch as string };
  throw new UnsupportedError('GitHub Pages: it is not known which repository serves the site', {
    mend: `set providers.${name}.repository to OWNER/NAME`,
  });
}

function asCommit(value: unknown): Commit {
  const { sha, message, tree } = Single.parse(value);
  return { sha, message, tree: tree.sha };
}
