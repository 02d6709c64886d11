import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { createGunzip } from 'node:zlib';
import { actorOf, authorize, canSee, identify } from './auth.ts';
import { HttpError } from './errors.ts';
import { gitEnvironment } from './git/git-process.ts';
import { zeroOid } from './git/objects.ts';
import { announcePush } from './operations/refs.ts';
import type { Principal, Repository } from './state.ts';
import type { World } from './world.ts';

/** Clone and push over HTTP, by `git http-backend`; a push sets off what any other change of refs does. */
export const serveGit = async (
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  const match = /^\/([^/]+)\/([^/]+)\.git(\/.*)$/.exec(url.pathname);
  const [owner, name, rest] = [match?.[1] ?? '', match?.[2] ?? '', match?.[3] ?? ''];
  const repository = world.state.repositories.get(
    `${decodeURIComponent(owner)}/${decodeURIComponent(name)}`.toLowerCase(),
  );
  const pushes = rest === '/git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
  let principal: Principal;
  try {
    principal = admit(world, request, repository, pushes);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    request.resume();
    response.writeHead(error.status, {
      'content-type': 'text/plain',
      ...(error.status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {}),
    });
    response.end(`${error.message}\n`);
    return;
  }
  if (!repository) return;
  const before = snapshot(repository);
  await backend(repository, rest, actorOf(world, principal).login, request, response, url);
  if (rest !== '/git-receive-pack') return;
  const after = snapshot(repository);
  const changes = [...new Set([...before.keys(), ...after.keys()])]
    .map((ref) => ({ ref, before: before.get(ref) ?? zeroOid, after: after.get(ref) ?? zeroOid }))
    .filter((change) => change.before !== change.after);
  for (const { ref, before: old } of changes) repository.git.refs.noteChange(ref, old === zeroOid ? undefined : old);
  world.background(announcePush(world, repository, changes, principal));
};

const snapshot = (repository: Repository): Map<string, string> =>
  new Map(repository.git.refs.list('refs/').map(({ ref, oid }) => [ref, oid]));

/** Git asks without credentials first: a private repository then answers 401, so that it comes back with them. */
const admit = (
  world: World,
  request: IncomingMessage,
  repository: Repository | undefined,
  pushes: boolean,
): Principal => {
  const principal = identify(world, request.headers.authorization);
  const anonymous = principal.kind === 'anonymous';
  if (!repository || !canSee(principal, repository))
    throw new HttpError(anonymous ? 401 : 404, anonymous ? 'Authentication required' : 'Repository not found.');
  if (pushes && anonymous) throw new HttpError(401, 'Authentication required');
  authorize(principal, repository, { permission: 'contents', level: pushes ? 'write' : 'read' });
  return principal;
};

const backend = (
  repository: Repository,
  path: string,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const { dir } = repository.git;
    const child = spawn('git', ['http-backend'], {
      cwd: dir,
      env: {
        ...gitEnvironment(),
        GIT_PROJECT_ROOT: dirname(dir),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: `/${dir.slice(dirname(dir).length + 1)}${path}`,
        REQUEST_METHOD: request.method,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        REMOTE_USER: user,
        REMOTE_ADDR: '127.0.0.1',
        ...(request.headers['git-protocol'] ? { GIT_PROTOCOL: String(request.headers['git-protocol']) } : {}),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.on('error', reject);
    child.stdin.on('error', () => {});
    const gzipped = request.headers['content-encoding'] === 'gzip';
    (gzipped ? request.pipe(createGunzip()) : request).pipe(child.stdin);
    let head: Buffer | undefined = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      if (!head) return void response.write(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const headers = head
        .toString('latin1', 0, end)
        .split('\r\n')
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const);
      const status = headers.find(([key]) => key.toLowerCase() === 'status')?.[1] ?? '200';
      response.writeHead(
        Number.parseInt(status, 10),
        Object.fromEntries(headers.filter(([key]) => key.toLowerCase() !== 'status')),
      );
      response.write(head.subarray(end + 4));
      head = undefined;
    });
    child.on('close', () => {
      if (head) response.writeHead(500);
      // The change is announced before git hears that its push ended.
      resolve();
      setImmediate(() => response.end());
    });
  });
