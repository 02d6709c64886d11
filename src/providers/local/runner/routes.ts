/** Redirects and headers of a site, as data: which applies to a path. */

export interface RedirectRule {
  from: string;
  to: string;
  status: number;
}

export interface HeaderRule {
  for: string;
  values: Record<string, string>;
}

/** The path of a request as browsers would normalise it; undefined when it is none. */
export function pathOf(requestTarget: string): { pathname: string; search: string } | undefined {
  if (!requestTarget.startsWith('/')) return undefined;
  try {
    const { pathname, search } = new URL(`http://site${requestTarget}`);
    return { pathname, search };
  } catch {
    return undefined;
  }
}

/** Where the first rule that applies sends a request, and how. A query is kept unless the rule names its own. */
export function redirectOf(
  rules: RedirectRule[],
  pathname: string,
  search: string,
): { location: string; status: number } | undefined {
  for (const { from, to, status } of rules) {
    const rest = match(from, pathname);
    if (rest === undefined) continue;
    const filled = to.replaceAll(':splat', () => rest);
    // A path that begins with two slashes names another host, so a splat must not be able to make one.
    const location = to.startsWith('/') && !to.startsWith('//') ? filled.replace(/^[/\\]+/, '/') : filled;
    return { location: location.includes('?') ? location : location + search, status };
  }
  return undefined;
}

/** All headers for a path; a later rule wins over an earlier one. */
export function headersOf(rules: HeaderRule[], pathname: string): [string, string][] {
  return rules.flatMap((rule) => (match(rule.for, pathname) === undefined ? [] : Object.entries(rule.values)));
}

/** What `*` stands for; '' for an exact match; undefined for none. */
function match(pattern: string, pathname: string): string | undefined {
  const wanted = pathOf(pattern.startsWith('/') ? pattern : `/${pattern}`)?.pathname ?? pattern;
  if (!wanted.endsWith('/*')) return bare(wanted) === bare(pathname) ? '' : undefined;
  const base = wanted.slice(0, -1);
  if (pathname.startsWith(base)) return pathname.slice(base.length);
  return pathname === base.slice(0, -1) ? '' : undefined;
}

/** With and without a final slash is the same page. */
function bare(pathname: string): string {
  return pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
}
