import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { SiteSpec } from '../model/config.ts';
import { UnsupportedError } from '../model/errors.ts';

/**
 * Redirects and headers in the text form of `_redirects` and `_headers` files, which several hosts read. What the site's
 * own files say stays: the config's redirects come before them and its fallback, which catches all, after them.
 */
export async function siteRules({ redirects, headers, fallback }: SiteSpec, folder: string) {
  const root = `${await realpath(folder)}${sep}`;
  const own = async (name: string) => {
    // A link may lead anywhere on this machine, and what it leads to would be served.
    const real = await realpath(join(folder, name)).catch(() => '');
    return real.startsWith(root) ? (await readFile(real, 'utf8').catch(() => '')).trim() : '';
  };
  const lines = [
    ...redirects.map(({ from, to, status }) => `${from} ${to} ${status}`),
    await own('_redirects'),
    ...(fallback ? [`/* /${fallback.replace(/^\/+/, '')} 200`] : []),
  ];
  const blocks = headers.map((rule) =>
    [rule.for, ...Object.entries(rule.values).map(([name, value]) => `  ${name}: ${oneLine(name, value)}`)].join('\n'),
  );
  return { redirects: text(lines), headers: text([await own('_headers'), ...blocks]) };
}

/** Puts the rules among the files of a built site; whether there were any. */
export async function writeSiteRules(spec: SiteSpec, folder: string): Promise<boolean> {
  const { redirects, headers } = await siteRules(spec, folder);
  for (const [name, rules] of [
    ['_redirects', redirects],
    ['_headers', headers],
  ] as const) {
    if (rules === '') continue;
    // Never through a link that the source put there.
    await rm(join(folder, name), { force: true });
    await writeFile(join(folder, name), rules, { flag: 'wx' });
  }
  return redirects !== '' || headers !== '';
}

function text(parts: string[]): string {
  const said = parts.filter((part) => part !== '');
  return said.length === 0 ? '' : `${said.join('\n')}\n`;
}

function oneLine(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return value;
  throw new UnsupportedError(`the header ${name} has a value of several lines`, { mend: 'write it on one line' });
}
