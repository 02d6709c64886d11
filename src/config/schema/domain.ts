import { domainHealth } from './health.ts';
import { common, kindOf } from './resource.ts';
import { duration, line, oneOf, text, textLike } from './values.ts';
import { watchOfDomain } from './watch.ts';
import { about, key, listOf, map } from './words.ts';

const shape = map('a domain: a map, {} when all defaults will do', {
  target: key(line, 'What it leads to: a reference such as ${site.web.host}, or a host name.', {
    examples: ['${site.web.host}'],
  }),
  records: key(
    listOf(
      'a list such as [{ type: TXT, name: "@", value: hello }]',
      map('a record such as { type: TXT, name: "@", value: hello }', {
        type: about(oneOf('A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT'), 'Type of the record.'),
        name: about(
          text(
            /^(@|(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\*)$/,
            253,
            'a name below the domain such as www, or "@" for the domain itself',
          ),
          'Name below the domain; @ is the domain itself.',
        ),
        value: about(textLike(4000), 'Value as it stands in a zone file.'),
        ttl: key(duration, 'How long others may remember it.', { default: '1h' }),
      }),
      1000,
    ),
    'Further DNS records.',
  ),
  health: domainHealth,
  ...common,
});

export const domain = kindOf(
  'domain',
  shape,
  ({ target, records }) => ({
    target,
    records: (records ?? []).map(({ ttl, ...record }) => ({ ...record, ttlSeconds: ttl ?? 3600 })),
  }),
  ({ health }) => watchOfDomain(health),
);
