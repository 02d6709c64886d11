import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import serve from 'sirv';
import type { SiteRelease } from '../release.ts';
import { headersOf, pathOf, redirectOf } from './routes.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** How one release of a site answers requests. Reads the folder now: what cannot be served is an error here, not later. */
export function siteFiles(folder: string, release: SiteRelease): Answer {
  const root = join(folder, release.root);
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new Error(`there is no folder "${release.root}" to serve after the build`);
  const limit = realpathSync(folder);
  checkLinks(root, limit, [], limit);
  checkHeaders(release);
  const files = serve(root, { etag: true, dotfiles: false });
  const notFound = join(root, '404.html');
  const notFoundPage = existsSync(notFound) ? readFileSync(notFound) : undefined;

  return (request, response) => {
    const path = pathOf(request.url ?? '');
    if (!path) return plain(response, 400, 'Bad request');
    const redirect = redirectOf(release.redirects, path.pathname, path.search);
    if (redirect) return plain(response, redirect.status, '', { Location: redirect.location });
    for (const [name, value] of headersOf(release.headers, path.pathname)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return plain(response, 405, 'Method not allowed', { Allow: 'GET, HEAD' });
    keepSoundRange(request);
    request.url = path.pathname + path.search;
    files(request, response, () => {
      // A missing script or picture must not look like a page.
      if (release.fallback === undefined || extname(path.pathname) !== '') return missing();
      request.url = `/${release.fallback.replace(/^\/+/, '')}`;
      files(request, response, missing);
    });

    function missing(): void {
      if (notFoundPage) plain(response, 404, notFoundPage, { 'Content-Type': 'text/html;charset=utf-8' });
      else plain(response, 404, 'Not found');
    }
  };
}

/** The file server wants one range with a start; for any other form the whole file is an allowed answer. */
function keepSoundRange({ headers }: IncomingMessage): void {
  const [, from, to] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? [];
  const sound = from !== undefined && (to === '' || (Number(to) >= Number(from) && Number(to) > 0));
  if (!sound || headers['if-range'] !== undefined) delete headers.range;
}

/** Every link must stay inside the release, exist, and not lead in a circle. */
function checkLinks(dir: string, limit: string, above: string[], base: string): void {
  const real = realpathSync(dir);
  if (real !== limit && !real.startsWith(limit + sep))
    throw new Error(`"${relative(base, dir)}" leads out of the site`);
  if (above.includes(real)) throw new Error(`"${relative(base, dir)}" leads in a circle`);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (!entry.isSymbolicLink()) {
      if (entry.isDirectory()) checkLinks(path, limit, [...above, real], base);
      continue;
    }
    if (!existsSync(path)) throw new Error(`"${relative(base, path)}" leads nowhere`);
    if (statSync(path).isDirectory()) checkLinks(path, limit, [...above, real], base);
    else if (!realpathSync(path).startsWith(limit + sep))
      throw new Error(`"${relative(base, path)}" leads out of the site`);
  }
}

function checkHeaders({ headers }: SiteRelease): void {
  for (const { values } of headers)
    for (const [name, value] of Object.entries(values)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
}

function plain(response: ServerResponse, status: number, body: string | Buffer, headers: Record<string, string> = {}) {
  response.writeHead(status, {
    'Content-Type': 'text/plain;charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
