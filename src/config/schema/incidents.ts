import * as z from 'zod/mini';
import type { IncidentsConfig } from '../../model/config.ts';
import type { Maintenance } from '../../model/incident.ts';
import { KINDS, type Address } from '../../model/resource.ts';
import { compact } from './resource.ts';
import { flag, line, text } from './values.ts';
import { about, key, listOf, map, rule } from './words.ts';

/** How people hear of incidents, and when they need not. */

// Not what belongs to the run itself, as `OWN_VARIABLE`; a part of an address may be secret, too.
const NOT_OWN = '(?!.*\\$\\{ *secret\\.(?:FLOTILLA|INPUT|ACTIONS)_)';
const SECRET = '\\$\\{ *secret\\.[A-Za-z_][A-Za-z0-9_]* *\\}';
const webhook = map('a map such as { url: https://chat.example.com/hook, secret: "${secret.CHAT}" }', {
  url: about(
    text(
      new RegExp(`^${NOT_OWN}(https?://[^\\s\\p{Cc}\\p{Cf}]+|${SECRET})$`, 'u'),
      2000,
      'an address that starts with https://, or ${secret.NAME} where the address itself is secret',
    ),
    'Where every incident is told, as JSON: opened, changed, closed.',
    { examples: ['https://chat.example.com/hook'] },
  ),
  secret: key(
    text(new RegExp(`^${NOT_OWN}${SECRET}$`), 200, '${secret.NAME}: a secret does not stand in the config'),
    'What the message is signed with (HMAC-SHA256), so that the receiver knows whom it is from.',
    { examples: ['${secret.CHAT}'] },
  ),
});

const incidentsMap = map('a map such as { labels: [outage] }', {
  labels: key(
    listOf('a list of labels', text(/^[^\p{Cc}\p{Cf},]+$/u, 50, 'a label without commas'), 20),
    'Labels of each issue.',
    { default: ['outage'] },
  ),
  assignees: key(
    listOf(
      'a list of user names',
      text(/^[A-Za-z0-9]([A-Za-z0-9-]{0,38})$/, 39, 'the name of a GitHub user such as octocat'),
      10,
    ),
    'GitHub users that each issue is assigned to.',
    { examples: [['octocat']] },
  ),
  lock: key(flag, 'Only those who may write to the repository can comment on the issues.', { default: false }),
  webhook: key(webhook, 'Another place that is told, such as a chat.'),
  allow_private: key(
    flag,
    'Probes and the webhook may go to addresses of a private network. Read from the default branch only.',
    { default: false },
  ),
}).check(
  rule(({ webhook: hook, allow_private: allowed }) =>
    hook?.url.startsWith('http:') && !allowed
      ? { path: ['webhook', 'url'], found: '"url" is not encrypted', expected: 'https://, or allow_private: true' }
      : undefined,
  ),
);

export const incidents = key(incidentsMap, 'How people hear of outages.');

export function incidentsOf(given: z.output<typeof incidents>): IncidentsConfig {
  const {
    labels = ['outage'],
    assignees = [],
    lock = false,
    webhook: hook,
    allow_private: allowPrivate = false,
  } = given ?? {};
  return { labels, assignees, lock, allowPrivate, ...(hook ? { webhook: compact(hook) } : {}) };
}

const MOMENT = 'a moment with its zone such as 2026-12-01T22:00Z';
/** A moment as ISO 8601; comes out in UTC. */
export const moment = z.pipe(
  text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$/, 25, MOMENT).check(
    z.refine((value) => !Number.isNaN(Date.parse(value)), { error: MOMENT }),
  ),
  z.transform((value: string) => new Date(value).toISOString()),
);

const addressText = text(
  new RegExp(`^(${KINDS.join('|')})/[a-z0-9_][a-z0-9_.-]*$`),
  300,
  'a resource such as service/api',
);

export const maintenance = key(
  listOf(
    'a list such as [{ from: 2026-12-01T22:00Z, to: 2026-12-02T02:00Z }]',
    map('a map such as { from: 2026-12-01T22:00Z, to: 2026-12-02T02:00Z }', {
      from: about(moment, 'When it begins.', { examples: ['2026-12-01T22:00Z'] }),
      to: about(moment, 'When it ends.', { examples: ['2026-12-02T02:00Z'] }),
      resources: key(
        listOf('a list such as [service/api]', addressText, 1000),
        'Resources that may be down; all when left out.',
        {
          examples: [['service/api']],
        },
      ),
      reason: key(line, 'What is done, for the status page.', { examples: ['New database version'] }),
    }).check(
      rule(({ from, to }) =>
        to <= from
          ? { path: ['to'], found: '"to" is not after "from"', expected: 'an end after the beginning' }
          : undefined,
      ),
    ),
    200,
  ),
  'Times in which outages are expected: they are recorded, and nobody is called.',
);

export function maintenanceOf(given: z.output<typeof maintenance>): Maintenance[] {
  return (given ?? []).map(({ from, to, resources = [], reason = 'maintenance' }) => ({
    from,
    to,
    resources: resources as Address[],
    reason,
  }));
}
