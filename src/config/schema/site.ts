import * as z from 'zod/mini';
import type { SiteSpec } from '../../model/config.ts';
import { failover } from './failover.ts';
import { siteHealth } from './health.ts';
import { commonWhereAsked, compact, kindOf } from './resource.ts';
import { domains, env } from './source.ts';
import { line, repositoryPath, text, textLike, urlPath } from './values.ts';
import { watchOf } from './watch.ts';
import { about, key, listOf, map, mapOf } from './words.ts';

const shape = map('a site: a map with at least a dir', {
  dir: about(repositoryPath, 'Folder of the repository.', { examples: ['web'] }),
  build: key(line, 'Command line that builds it, run in dir.', { examples: ['npm run build'] }),
  output: key(repositoryPath, 'Folder inside dir that is served; dir itself when left out.', { examples: ['dist'] }),
  env,
  redirects: key(
    listOf(
      'a list such as [{ from: /old, to: /new }]',
      map('a redirect such as { from: /old, to: /new }', {
        from: about(urlPath, 'Path that is asked for; a * at its end stands for the rest.', { examples: ['/old'] }),
        to: about(
          text(
            /^(\/|https?:\/\/)[^\s\p{Cc}\p{Cf}]*$/u,
            2000,
            'a path such as /new, or an address that starts with https://',
          ),
          'Path or address to send the visitor to.',
          { examples: ['/new'] },
        ),
        status: key(
          z.literal([301, 302, 303, 307, 308], { error: 'one of: 301, 302, 303, 307, 308' }),
          '301 and 308 for good, the others for now.',
          { default: 301 },
        ),
      }),
      1000,
    ),
    'Old addresses that lead to new ones.',
  ),
  headers: key(
    listOf(
      'a list such as [{ for: /assets/*, values: { Cache-Control: max-age=3600 } }]',
      map('a map such as { for: /assets/*, values: { Cache-Control: max-age=3600 } }', {
        for: about(urlPath, 'Path that gets them; a * at its end stands for the rest.', { examples: ['/assets/*'] }),
        values: about(
          mapOf(
            'a map of header names to values',
            text(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 100, 'a header name such as Cache-Control'),
            textLike(4000),
          ),
          'Header names and values.',
        ),
      }),
      500,
    ),
    'Headers to answer with.',
  ),
  domains,
  fallback: key(repositoryPath, 'File served for unknown paths with status 200, as single-page applications want.', {
    examples: ['index.html'],
  }),
  health: siteHealth,
  failover,
  ...commonWhereAsked,
});

function spec(value: z.output<typeof shape>): SiteSpec {
  return compact({
    dir: value.dir,
    build: value.build,
    output: value.output,
    env: value.env ?? {},
    redirects: (value.redirects ?? []).map(({ from, to, status }) => ({ from, to, status: status ?? 301 })),
    headers: value.headers ?? [],
    domains: value.domains ?? [],
    fallback: value.fallback,
  });
}

export const site = kindOf('site', shape, spec, ({ health }) => watchOf('site', health));
