import { createHash } from 'node:crypto';
import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';
import { blobSha, treeSha } from './git-objects.ts';

/** GitHub as far as the provider asks it: git data and Pages of repositories, stateful, with its words and error bodies. */
export interface FakePages extends FakeServer {
  /** Words of builds that start from now on; the last one stays. */
  rollout: readonly [string, ...string[]];
  /** By `owner/name`; one that is asked for and not hidden is there, without Pages. */
  repository(name: string): StoredRepository;
  /** Names of repositories that the token may not see. */
  readonly hidden: Set<string>;
  /** A workflow's own token, which may not change the settings of Pages. */
  isWorkflowToken: boolean;
  /** What somebody pushes to a branch, built at once where Pages serves it. */
  push(name: string, branch: string, files: Record<string, string>): void;
  files(name: string, commit: string): Record<string, string>;
}

export interface StoredRepository {
  name: string;
  /** Commit by branch. */
  branches: Map<string, string>;
  commits: Map<string, StoredCommit>;
  /** Blob by path, by tree. */
  trees: Map<string, Map<string, string>>;
  blobs: Map<string, Buffer>;
  pages: { cname: string | null; build_type: 'legacy' | 'workflow'; source: { branch: string; path: string } } | null;
  /** Newest last. */
  builds: StoredBuild[];
  /** Without any commit, as GitHub makes a new one: it takes none by the API then. */
  isEmpty?: true;
}

export interface StoredCommit {
  sha: string;
  message: string;
  tree: string;
  parents: string[];
}

export interface StoredBuild {
  url: string;
  status: string;
  commit: string;
  error: { message: string | null };
  /** Words to come. */
  ahead: string[];
}

const TIME = '2026-11-20T12:00:00Z';
const PERSON = { name: 'octocat', email: 'octocat@example.com', date: TIME };

export async function startPages({ token }: { token: string }): Promise<FakePages> {
  const repositories = new Map<string, StoredRepository>();
  const hidden = new Set<string>();
  let ids = 0;

  type Route = (repository: StoredRepository, call: FakeCall, id: string) => FakeAnswer;
  const routes: [method: string, path: RegExp, route: Route][] = [
    [
      'GET',
      /^\/git\/matching-refs\/heads\/(.+)$/,
      ({ branches }, _, start) =>
        ok([...branches].filter(([name]) => name.startsWith(start)).map(([name, sha]) => reference(name, sha))),
    ],
    ['GET', /^\/commits$/, log],
    ['GET', /^\/git\/commits\/([^/]+)$/, (repository, _, id) => found(repository.commits.get(id), (one) => shown(one))],
    ['GET', /^\/git\/trees\/([^/]+)$/, tree],
    ['POST', /^\/git\/trees$/, createTree],
    ['POST', /^\/git\/blobs$/, createBlob],
    ['POST', /^\/git\/commits$/, createCommit],
    ['POST', /^\/git\/refs$/, createRef],
    ['PATCH', /^\/git\/refs\/heads\/(.+)$/, moveRef],
    ['DELETE', /^\/git\/refs\/heads\/(.+)$/, removeRef],
    ['GET', /^\/pages$/, (repository) => (repository.pages ? ok(site(repository)) : notFound())],
    ['POST', /^\/pages$/, createPages],
    ['PUT', /^\/pages$/, changePages],
    ['DELETE', /^\/pages$/, removePages],
    ['GET', /^\/pages\/builds$/, ({ builds }) => ok(builds.toReversed().map(bare))],
    ['POST', /^\/pages\/builds$/, requestBuild],
    ['GET', /^\/pages\/builds\/latest$/, (repository) => found(advance(repository), bare)],
  ];

  function answer(call: FakeCall): FakeAnswer {
    if (call.headers.authorization !== `Bearer ${token}`) return refusal(401, 'Bad credentials');
    const [, name = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(.*)$/.exec(call.path) ?? [];
    if (name === '' || hidden.has(name)) return notFound();
    for (const [method, path, route] of routes) {
      const match = method === call.method ? path.exec(rest) : null;
      if (match) return route(fake.repository(name), call, match[1] ?? '');
    }
    return notFound();
  }

  function ancestors({ commits }: StoredRepository, from: string): StoredCommit[] {
    const line: StoredCommit[] = [];
    for (let at = commits.get(from); at; at = commits.get(at.parents[0] ?? '')) line.push(at);
    return line;
  }

  function log(repository: StoredRepository, { query, path }: FakeCall): FakeAnswer {
    if (repository.isEmpty) return refusal(409, 'Git Repository is empty.');
    const head = repository.branches.get(query.get('sha') ?? '');
    if (head === undefined) return notFound();
    const listed = ancestors(repository, head).slice(0, Number(query.get('per_page') ?? 30));
    return ok(
      listed.map((one) => {
        const { sha, url, html_url, node_id, parents, ...commit } = shown(one, path);
        const verification = { ...commit.verification };
        const detail = { ...commit, url, comment_count: 0, verification };
        return {
          sha,
          url,
          html_url,
          node_id,
          parents,
          comments_url: `${url}/comments`,
          author: null,
          committer: null,
          commit: detail,
        };
      }),
    );
  }

  function shown({ sha, message, tree: root, parents }: StoredCommit, at = '/git/commits') {
    const url = (id: string) => `https://api.github.com${at}/${id}`;
    return {
      sha,
      node_id: `C_${sha}`,
      url: url(sha),
      html_url: url(sha),
      message,
      author: PERSON,
      committer: PERSON,
      tree: { sha: root, url: url(root) },
      parents: parents.map((parent) => ({ sha: parent, url: url(parent), html_url: url(parent) })),
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    };
  }

  function tree(repository: StoredRepository, { query }: FakeCall, id: string): FakeAnswer {
    return found(repository.trees.get(id), (files) => treeShown(files, query.has('recursive')));
  }

  /** Without `recursive`, folders are not gone into; what is in none is all that the provider looks at. */
  function treeShown(files: ReadonlyMap<string, string>, recursive: boolean) {
    const sha = treeSha(files);
    const entries = [...files].filter(([path]) => recursive || !path.includes('/'));
    return {
      sha,
      url: `https://api.github.com/trees/${sha}`,
      truncated: false,
      tree: entries.map(([path, blob]) => ({ path, mode: '100644', type: 'blob', sha: blob })),
    };
  }

  function createTree(repository: StoredRepository, { body }: FakeCall): FakeAnswer {
    const { tree: entries, base_tree: base } = body as {
      tree: { path: string; sha?: string; content?: string }[];
      base_tree?: string;
    };
    const files = new Map(base === undefined ? [] : repository.trees.get(base));
    for (const { path, sha, content } of entries) {
      const blob = sha ?? stored(repository, Buffer.from(content ?? ''));
      if (!repository.blobs.has(blob)) return refusal(422, `tree.sha ${blob} is not a valid blob`);
      files.set(path, blob);
    }
    repository.trees.set(treeSha(files), files);
    return { status: 201, body: treeShown(files, false) };
  }

  function stored({ blobs }: StoredRepository, bytes: Buffer): string {
    const sha = blobSha(bytes);
    blobs.set(sha, bytes);
    return sha;
  }

  function createBlob(repository: StoredRepository, { body }: FakeCall): FakeAnswer {
    const { content, encoding } = body as { content: string; encoding: 'base64' | 'utf-8' };
    const sha = stored(repository, Buffer.from(content, encoding));
    return { status: 201, body: { sha, url: `https://api.github.com/blobs/${sha}` } };
  }

  function createCommit(repository: StoredRepository, { body }: FakeCall): FakeAnswer {
    const { message, tree: root, parents } = body as Omit<StoredCommit, 'sha'>;
    if (!repository.trees.has(root)) return refusal(422, 'Tree SHA does not exist');
    return { status: 201, body: shown(committed(repository, message, root, parents)) };
  }

  function committed(repository: StoredRepository, message: string, root: string, parents: string[]): StoredCommit {
    const sha = createHash('sha1')
      .update(`${(ids += 1)} ${root}`)
      .digest('hex');
    const made = { sha, message, tree: root, parents };
    repository.commits.set(sha, made);
    return made;
  }

  function reference(branch: string, sha: string) {
    const url = `https://api.github.com/refs/heads/${branch}`;
    return { ref: `refs/heads/${branch}`, node_id: `R_${branch}`, url, object: { type: 'commit', sha, url } };
  }

  function createRef({ branches }: StoredRepository, { body }: FakeCall): FakeAnswer {
    const { ref, sha } = body as { ref: string; sha: string };
    const branch = ref.replace('refs/heads/', '');
    if (branches.has(branch)) return refusal(422, 'Reference already exists');
    branches.set(branch, sha);
    return { status: 201, body: reference(branch, sha) };
  }

  function moveRef(repository: StoredRepository, { body }: FakeCall, branch: string): FakeAnswer {
    const { sha, force } = body as { sha: string; force: boolean };
    const head = repository.branches.get(branch);
    if (head === undefined) return refusal(422, 'Reference does not exist');
    if (!force && !ancestors(repository, sha).some((one) => one.sha === head))
      return refusal(422, 'Update is not a fast forward');
    repository.branches.set(branch, sha);
    return ok(reference(branch, sha));
  }

  function removeRef({ branches }: StoredRepository, _: FakeCall, branch: string): FakeAnswer {
    return branches.delete(branch) ? { status: 204 } : refusal(422, 'Reference does not exist');
  }

  function site({ name, pages, builds }: StoredRepository) {
    const [owner, repository] = name.toLowerCase().split('/') as [string, string];
    const place = repository === `${owner}.github.io` ? repository : `${owner}.github.io/${repository}`;
    const { cname } = pages!;
    const last = builds.at(-1)?.status;
    return {
      ...pages,
      url: `https://api.github.com/repos/${name}/pages`,
      status: last === 'built' || last === 'building' || last === 'errored' ? last : null,
      html_url: cname ? `http://${cname}/` : `https://${place}/`,
      custom_404: false,
      public: true,
      https_enforced: !cname,
    };
  }

  const forbidden = () => refusal(403, 'Resource not accessible by integration');

  /** A site starts with a build of what is there. */
  function createPages(repository: StoredRepository, { body }: FakeCall): FakeAnswer {
    if (fake.isWorkflowToken) return forbidden();
    if (repository.pages) return refusal(409, 'GitHub Pages is already enabled.');
    const { source } = body as { source: { branch: string; path: string } };
    if (!repository.branches.has(source.branch))
      return refusal(422, `The ${source.branch} branch must exist before GitHub Pages can be built.`);
    repository.pages = { cname: null, build_type: 'legacy', source };
    build(repository);
    return { status: 201, body: site(repository) };
  }

  /** A domain that the branch does not name is committed to it. */
  function changePages(repository: StoredRepository, { body }: FakeCall): FakeAnswer {
    if (fake.isWorkflowToken) return forbidden();
    if (!repository.pages) return notFound();
    Object.assign(repository.pages, body as object);
    const { cname, source } = repository.pages;
    const head = repository.commits.get(repository.branches.get(source.branch) ?? '');
    if ('cname' in (body as object) && head && cname !== named(repository, head.tree)) {
      const files = new Map(repository.trees.get(head.tree));
      if (cname === null) files.delete('CNAME');
      else files.set('CNAME', stored(repository, Buffer.from(cname)));
      repository.trees.set(treeSha(files), files);
      const made = committed(repository, `${cname ? 'Create' : 'Delete'} CNAME`, treeSha(files), [head.sha]);
      repository.branches.set(source.branch, made.sha);
    }
    return { status: 204 };
  }

  function removePages(repository: StoredRepository): FakeAnswer {
    if (fake.isWorkflowToken) return forbidden();
    if (!repository.pages) return notFound();
    Object.assign(repository, { pages: null, builds: [] });
    return { status: 204 };
  }

  function named({ trees, blobs }: StoredRepository, root: string): string | null {
    return (
      blobs
        .get(trees.get(root)?.get('CNAME') ?? '')
        ?.toString()
        .trim() || null
    );
  }

  function requestBuild(repository: StoredRepository): FakeAnswer {
    if (!repository.pages) return notFound();
    const { url } = build(repository);
    return { status: 201, body: { url, status: 'queued' } };
  }

  function build(repository: StoredRepository): StoredBuild {
    const url = `https://api.github.com/repos/${repository.name}/pages/builds/${(ids += 1)}`;
    const commit = repository.branches.get(repository.pages!.source.branch) as string;
    const made = { url, status: 'queued', commit, error: { message: null }, ahead: [...fake.rollout] };
    repository.builds.push(made);
    return made;
  }

  /** Being asked moves it on by one word. */
  function advance(repository: StoredRepository): StoredBuild | undefined {
    const last = repository.builds.at(-1);
    const next = last?.ahead.shift();
    if (last && next !== undefined) enter(repository, last, next);
    return last;
  }

  /** The domain of the site is what the built files say. */
  function enter(repository: StoredRepository, made: StoredBuild, status: string): void {
    made.status = status;
    if (status === 'errored') made.error.message = 'Page build failed.\nDeployment failed, try again later.';
    if (status === 'built' && repository.pages)
      repository.pages.cname = named(repository, repository.commits.get(made.commit)?.tree ?? '');
  }

  function bare({ url, status, commit, error }: StoredBuild) {
    return { url, status, commit, error, pusher: null, duration: 20, created_at: TIME, updated_at: TIME };
  }

  const server = await startFakeServer({ answer });
  const fake: FakePages = Object.assign(server, {
    rollout: ['building', 'built'] as FakePages['rollout'],
    hidden,
    isWorkflowToken: false,
    repository(name: string): StoredRepository {
      const known = repositories.get(name);
      if (known) return known;
      const maps = { branches: new Map(), commits: new Map(), trees: new Map(), blobs: new Map() };
      const made: StoredRepository = { name, ...maps, pages: null, builds: [] };
      repositories.set(name, made);
      return made;
    },
    push(name: string, branch: string, files: Record<string, string>) {
      const repository = fake.repository(name);
      const content = new Map(
        Object.entries(files).map(([path, text]) => [path, stored(repository, Buffer.from(text))]),
      );
      repository.trees.set(treeSha(content), content);
      const head = repository.branches.get(branch);
      const made = committed(repository, 'Edit by hand', treeSha(content), head ? [head] : []);
      repository.branches.set(branch, made.sha);
      if (repository.pages?.source.branch === branch) enter(repository, build(repository), 'built');
    },
    files(name: string, commit: string) {
      const { commits, trees, blobs } = fake.repository(name);
      const entries = trees.get(commits.get(commit)?.tree ?? '') ?? [];
      return Object.fromEntries([...entries].map(([path, sha]) => [path, blobs.get(sha)!.toString()]));
    },
  });
  return fake;
}

function found<T>(value: T | undefined, show: (value: T) => object): FakeAnswer {
  return value === undefined ? notFound() : ok(show(value));
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body };
}

function notFound(): FakeAnswer {
  return refusal(404, 'Not Found');
}

function refusal(status: number, message: string): FakeAnswer {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest' } };
}
