import type { SiteSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import type { SiteFile } from '../../provider-kit/build-site.ts';
import { LARGEST_FILE, LARGEST_SITE } from './limits.ts';
import { redirectPage } from './refuses.ts';

/**
 * What the branch holds: the files of the site, and those by which GitHub Pages is told the rest. What `refuses` takes no
 * exception to is taken for granted.
 */
export async function servedFiles(spec: SiteSpec, built: readonly SiteFile[]): Promise<SiteFile[]> {
  const files = new Map(built.map((file) => [file.path, file]));
  for (const redirect of spec.redirects) {
    const path = redirectPage(redirect.from) as string;
    if (files.has(path)) throw refused(`a redirect from ${redirect.from}, because the site has the file ${path}`);
    files.set(path, fileOf(path, redirectTo(redirect.to, path)));
  }
  if (spec.fallback !== undefined) {
    const fallback = files.get(`/${spec.fallback.replace(/^\/+/, '')}`);
    if (!fallback) throw refused(`the fallback ${spec.fallback}, which is not among the files of the site`);
    files.set('/404.html', { ...fallback, path: '/404.html' });
  }
  const [domain] = spec.domains;
  const own = (await files.get('/CNAME')?.bytes())?.toString().trim();
  if (own !== undefined && own !== domain)
    throw refused(`a file CNAME of the site's own`, `remove the file, and name ${own || 'the domain'} in domains`);
  if (domain !== undefined) files.set('/CNAME', fileOf('/CNAME', domain));
  // Without it GitHub runs Jekyll over the files, which leaves out those whose name starts with an underscore.
  files.set('/.nojekyll', fileOf('/.nojekyll', 'These files are served as they are.\n'));
  const all = [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, size } of all) if (size > LARGEST_FILE) throw refused(`a file of over 100 MB, as ${path} is`);
  if (all.reduce((sum, { size }) => sum + size, 0) > LARGEST_SITE) throw refused('a site of over 1 GB');
  return all;
}

/** Relative inside the site, because a site without a domain of its own is below `/<repository>/`. */
function redirectTo(to: string, page: string): string {
  const up = '../'.repeat(page.split('/').length - 2) || './';
  const target = (to.startsWith('/') ? `${up}${to.slice(1)}` : to)
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return `<!doctype html>
<meta charset="utf-8">
<title>Moved</title>
<meta http-equiv="refresh" content="0; url=${target}">
<link rel="canonical" href="${target}">
<a href="${target}">This page has moved.</a>
`;
}

function fileOf(path: string, text: string): SiteFile {
  const bytes = Buffer.from(text);
  return { path, size: bytes.length, bytes: () => Promise.resolve(bytes) };
}

function refused(what: string, mend = 'take it out of the site, or place the site elsewhere'): UnsupportedError {
  return new UnsupportedError(`GitHub Pages cannot have ${what}`, { mend });
}
