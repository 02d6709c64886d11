import * as z from 'zod/mini';
import { OWN_VARIABLE, referencesIn } from '../../model/template.ts';
import { WATCH_DEFAULTS } from '../../model/watch.ts';
import { duration, flag, oneOf, text, textLike, urlPath, wholeNumber } from './values.ts';
import { about, key, listOf, map, mapOf, rule } from './words.ts';

/** How resources of each kind are watched: `health:`. */

const atMost = (seconds: number, words: string) =>
  duration.check(
    rule((value) =>
      value > seconds
        ? { path: [], found: `it is longer than ${words}`, expected: `a duration of at most ${words}` }
        : undefined,
    ),
  );

const timing = {
  every: key(duration, 'Time between two probes.', { default: '5m' }),
  fail_after: key(wholeNumber(1, 100), 'Failed probes in a row that make an incident.', {
    default: WATCH_DEFAULTS.failAfter,
  }),
  recover_after: key(wholeNumber(1, 100), 'Good probes in a row that end it.', {
    default: WATCH_DEFAULTS.recoverAfter,
  }),
  timeout: key(atMost(300, '5m'), 'How long one probe may take.', { default: '10s' }),
};

const dns = map('a map such as { type: A }', {
  type: key(oneOf('A', 'AAAA', 'CNAME', 'TXT', 'MX', 'NS'), 'Type of the record.', { default: 'A' }),
  expect: key(
    listOf(
      'a list of values such as [192.0.2.1]',
      text(/^[^\p{Cc}\p{Cf}]+$/u, 1000, 'a value as a name server answers it, such as 192.0.2.1'),
      50,
    ),
    'Values that must all be among the answers; any answer will do when left out.',
    { examples: [['192.0.2.1']] },
  ),
});
const DNS_ABOUT = 'A DNS record of its host name must be there.';

const STATUS_WORDS = 'a status such as 200, or a range such as 200-299';
const range = text(/^[1-5][0-9]{2}(-[1-5][0-9]{2})?$/, 7, STATUS_WORDS).check(
  z.refine((value) => value.slice(0, 3) <= value.slice(-3), { error: 'a range that rises, such as 200-299' }),
);
const status = z.pipe(
  z.union([wholeNumber(100, 599), range], { error: STATUS_WORDS }),
  z.transform((value: number | string): [from: number, to: number] => {
    const [from = '', to = from] = String(value).split('-');
    return [Number(from), Number(to)];
  }),
);

const SENDING = ['connection', 'content-length', 'expect', 'host', 'keep-alive', 'proxy-connection'].concat([
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A pattern for a word in large and small letters: JSON Schema knows no flag for that. */
function anyCase(word: string): string {
  return word.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);
}

/** A name that a probe may set: those that say how the message is sent are not the user's. */
const headerName = text(
  new RegExp(`^(?!(${SENDING.map(anyCase).join('|')})$)[A-Za-z0-9!#$%&'*+.^_\`|~-]+$`),
  100,
  'a header name such as Authorization, but none that says how a request is sent',
);
const headerValue = textLike(4000).check(
  z.refine((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value), { error: 'text on one line' }),
  z.refine((value) => referencesIn(value).every(({ type }) => type === 'secret'), {
    error: 'no reference but ${secret.NAME}',
  }),
  z.refine(
    (value) =>
      referencesIn(value).every((reference) => reference.type !== 'secret' || !OWN_VARIABLE.test(reference.name)),
    { error: 'another secret: this is a variable of Flotilla itself or of its run, which nobody is sent' },
  ),
);

const http = {
  path: key(
    urlPath,
    'Path that answers 2xx when all is well. Without one it is /, and the provider does no check itself.',
    {
      examples: ['/healthz'],
    },
  ),
  method: key(oneOf('GET', 'HEAD', 'POST', 'OPTIONS'), 'How it is asked.', { default: 'GET' }),
  headers: key(
    mapOf('a map of header names to values', headerName, headerValue),
    'Headers to ask with; ${secret.NAME} is a secret. No other host gets them, whatever it is redirected to.',
    { examples: [{ Authorization: 'Bearer ${secret.PROBE}' }] },
  ),
  status: key(
    listOf('a list such as [200-299, 401]', status, 50).check(z.minLength(1, { error: 'at least one status' })),
    'Statuses that are well: 200-299 with a path, below 500 without, and below 400 of a site.',
    { examples: [['200-299', 401]] },
  ),
  contains: key(
    text(/^([^\p{Cs}\p{Cc}]|[\t\n\r])+$/u, 1000, 'text that is not empty'),
    'Text that must be in the first megabyte of the answer.',
    { examples: ['ok'] },
  ),
  redirects: key(wholeNumber(0, 10), 'Redirects that are followed; 0: the redirect itself is the answer.', {
    default: 3,
  }),
  max_response: key(
    z.pipe(
      text(/^[1-9][0-9]{0,5}(ms|s)$/, 9, 'a duration such as 800ms or 2s'),
      z.transform((value: string) => Number.parseInt(value, 10) * (value.endsWith('ms') ? 1 : 1000)),
    ),
    'An answer that takes longer counts as failed.',
    { examples: ['2s'] },
  ),
  certificate: key(atMost(365 * 86_400, '365d'), 'A certificate that ends sooner is an incident of its own.', {
    default: '14d',
  }),
};

const wake = key(
  atMost(600, '10m'),
  'How long it may take to wake where it sleeps when nobody asks. A wake-up is no outage: it is measured and shown. What is known of the provider when left out.',
  { examples: ['60s'] },
);

const PORT_WORDS = 'true for the port of its address, or a port';

const shared = {
  ...http,
  tcp: key(
    z.union([z.literal(true, { error: PORT_WORDS }), wholeNumber(1, 65_535)], { error: PORT_WORDS }),
    'Instead of HTTP: a connection to this port must open; true: the port of its address.',
    { examples: [5432] },
  ),
  dns: key(dns, `Instead of HTTP: ${DNS_ABOUT.charAt(0).toLowerCase()}${DNS_ABOUT.slice(1)}`, {
    examples: [{ type: 'A' }],
  }),
  ...timing,
  wake,
};

/** What `health:` of a service or a site may say. */
export type HealthKeys = z.output<z.ZodMiniObject<typeof shared, z.core.$strict>> & {
  grace?: number | undefined;
  keep_awake?: boolean | undefined;
};

/** Keys that say nothing unless it is asked over HTTP. */
const OF_HTTP = [...Object.keys(http), 'grace'] as (keyof HealthKeys)[];

const fits = rule((health: HealthKeys) => {
  const other = (['tcp', 'dns'] as const).filter((name) => health[name] !== undefined);
  if (other.length > 1)
    return { path: ['dns'], found: '"tcp" and "dns" exclude each other', expected: 'one of the two' };
  const idle = other[0] && OF_HTTP.find((name) => health[name] !== undefined);
  if (idle)
    return {
      path: [idle],
      found: `"${idle}" is of a check over HTTP, and this is one of ${other[0]}`,
      expected: `no ${idle}, or no ${other[0]}`,
    };
  if (health.grace !== undefined && health.path === undefined)
    return {
      path: ['grace'],
      found: '"grace" is for the check that the provider does, which needs a path',
      expected: 'a path',
    };
  if (health.contains !== undefined && health.method === 'HEAD')
    return { path: ['contains'], found: 'an answer to HEAD has no text', expected: 'another method, or no contains' };
  return undefined;
});

const LIKE = 'a map such as { path: /healthz }';
const MEANING = 'How to tell that it is well.';

export const serviceHealth = key(
  map(LIKE, {
    ...shared,
    grace: key(duration, 'How long a new version may take until it is healthy.', { default: '30s' }),
    keep_awake: key(flag, 'Ask it so often that it never falls asleep; what that costs in hours stands in the plan.', {
      default: false,
    }),
  }).check(fits),
  MEANING,
);
export const siteHealth = key(
  map(LIKE, shared).check(fits),
  `${MEANING} The keys are those of a service, without grace and keep_awake.`,
);
export const domainHealth = key(
  map('a map such as { dns: { type: A } }', { dns: about(dns, DNS_ABOUT), ...timing }),
  MEANING,
);
export const jobHealth = key(
  map('a map such as { heartbeat: 25h }', {
    heartbeat: about(duration, 'It must have reported with `flotilla beat` within this time.', { examples: ['25h'] }),
  }),
  'How to tell that it still runs.',
);
