import type { SiteSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';

const ELSEWHERE = 'take it out of the site, or place the site elsewhere';

/** What GitHub Pages, which serves files and takes no rules, cannot do for a site. */
export function refuses({ spec }: Pick<Described, 'spec'>): Refusal | undefined {
  const {
    redirects = [],
    headers = [],
    domains = [],
  } = spec as Partial<Pick<SiteSpec, 'redirects' | 'headers' | 'domains'>>;
  if (headers.length > 0)
    return { at: 'headers', because: 'GitHub Pages sends headers of its own only', mend: ELSEWHERE };
  const index = redirects.findIndex(({ from }) => redirectPage(from) === undefined);
  if (index >= 0)
    return {
      at: `redirects.${index}.from`,
      because: 'GitHub Pages has no redirects; a page can lead on from one path that may be a page, and from no other',
      mend: ELSEWHERE,
    };
  const [first, ...others] = domains;
  const bare = first?.replace(/^www\./, '');
  const further = others.findIndex((name) => name !== bare && name !== `www.${bare}`);
  if (further < 0) return undefined;
  return {
    at: `domains.${further + 1}`,
    because: `GitHub Pages serves a site at one domain, and leads example.com and www.example.com to each other`,
    mend: `keep ${first}, and lead the others to it elsewhere`,
  };
}

/** The page that stands where a redirect starts, as a path of the site; undefined where none can. */
export function redirectPage(from: string): string | undefined {
  if (/[*:?#]/.test(from)) return undefined;
  if (from.endsWith('/')) return `${from}index.html`;
  const last = from.slice(from.lastIndexOf('/') + 1);
  if (/\.html?$/.test(last)) return from;
  return last.includes('.') ? undefined : `${from}/index.html`;
}
