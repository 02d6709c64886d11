import * as z from 'zod/mini';
import { DEFAULT_WEIGHTS } from '../../model/offer.ts';
import { KINDS, SECTION, type Kind } from '../../model/resource.ts';
import { incidents, maintenance } from './incidents.ts';
import { app, policy } from './policy.ts';
import { NAME, section } from './resources.ts';
import { secrets } from './secrets.ts';
import { about, key, map, mapOf } from './words.ts';
import {
  branchName,
  duration,
  environmentName,
  flag,
  jsonValue,
  line,
  oneOf,
  shortName,
  size,
  text,
  wholeNumber,
} from './values.ts';

/** What each section is, for editors and the reference. */
export const SECTION_ABOUT: Record<Kind, string> = {
  service: 'Programs that keep running and answer requests.',
  site: 'Static web sites.',
  database: 'Databases; protected from deletion unless protect is false.',
  bucket: 'Object storage; protected from deletion unless protect is false.',
  model: 'AI models that are served.',
  job: 'Commands that run at set times.',
  domain: 'Domain names and their DNS records.',
};

const JSON_VALUES = mapOf('a map of options', z.string(), z.unknown());

/** What an environment changes: resources by section and name, `null` where one is left out. Checked once merged, see `overlay.ts`. */
const overlaySections = Object.fromEntries(
  KINDS.map((kind) => [
    SECTION[kind],
    z.optional(mapOf(`a map of ${SECTION[kind]} by name`, NAME[kind], z.nullable(JSON_VALUES))),
  ]),
) as Record<string, z.ZodMiniOptional<z.ZodMiniRecord<z.ZodMiniString<string>, z.ZodMiniNullable<typeof JSON_VALUES>>>>;

const environment = map('a map such as { branch: main }', {
  branch: key(
    branchName,
    'A push to this branch applies the environment, and what is on another is never applied to it. Read from the default branch only.',
    { examples: ['main'] },
  ),
  pull_requests: key(flag, 'Pull requests are planned against this environment.', { default: false }),
  ttl: key(duration, 'With pull_requests: every pull request gets a copy of the fleet that lives this long.', {
    examples: ['3d'],
  }),
  ...overlaySections,
});

const amount = (largest: number) => z.nullable(wholeNumber(0, largest));

/** Limits by measure; they come out in the units of the model's `MEASURES`. */
const quotas = map('a map such as { instances: 3, memory: 2GB }', {
  instances: key(amount(1_000_000), 'Instances in all.'),
  cpu: key(
    z.nullable(
      z.pipe(
        z.number({ error: 'a number of processor cores' }).check(z.gte(0), z.lte(1_000_000)),
        z.transform((cores: number) => Math.round(cores * 1000)),
      ),
    ),
    'Processor cores in all.',
  ),
  memory: key(z.nullable(size), 'Memory in all.', { examples: ['2GB'] }),
  hours: key(amount(1_000_000_000), 'Instance hours a month; one that is always on takes 730.'),
  builds: key(amount(1_000_000_000), 'Builds a month.'),
  requests: key(amount(1_000_000_000_000), 'Requests a month, counted by what place.traffic says.'),
  bandwidth: key(z.nullable(size), 'Bandwidth a month, counted by what place.traffic says.', { examples: ['100GB'] }),
});

const provider = z.catchall(
  z.object(
    {
      plan: key(
        text(/^[A-Za-z0-9][A-Za-z0-9 _.-]*$/, 40, 'the name of a plan such as starter'),
        'The plan that the account is on: its limits count. On one other than free, the limits of the free tier do not.',
        { default: 'free' },
      ),
      limits: key(
        quotas,
        'What the account really has, instead of what is known of its plan; null: no limit. A plan warns from 80 % on and is blocked where a limit would be passed.',
        { examples: [{ instances: 3, memory: '2GB', hours: null }] },
      ),
      type: key(shortName, 'Which provider it is; the account’s own name when left out.', { examples: ['render'] }),
    },
    { error: 'a map of options, {} when there are none' },
  ),
  jsonValue,
);

const weight = (what: string, fallback: number) => key(wholeNumber(0, 100), what, { default: fallback });

/** All of the file but the sections of resources. */
export const HEAD = {
  fleet: about(shortName, 'Name of the fleet: lower-case letters, digits and dashes.', { examples: ['acme'] }),
  environments: key(
    mapOf('a map of environments by name', environmentName, z.nullable(environment)),
    'Copies of the fleet. Without any there is production, applied from the default branch.',
    { examples: [{ production: { branch: 'main' }, preview: { pull_requests: true, ttl: '3d' } }] },
  ),
  providers: key(
    mapOf('a map of provider accounts by name', shortName, z.nullable(provider)),
    'Accounts that resources may be placed on. Without any it is the local provider: this machine.',
    { default: { local: {} }, examples: [{ render: {}, fly: { organization: 'personal' } }] },
  ),
  report: key(
    map('a map such as { comment: true }', {
      comment: key(flag, 'Keep one comment on each pull request, beside the check.', { default: false }),
    }),
    'How plans are reported.',
  ),
  placement: key(
    map('a map such as { weights: { latency: 50 } }', {
      weights: key(
        map('a map such as { latency: 50 }', {
          cpu: weight('Processor that the account has left.', DEFAULT_WEIGHTS.cpu),
          memory: weight('Memory that it has left.', DEFAULT_WEIGHTS.memory),
          latency: weight('How fast it answers.', DEFAULT_WEIGHTS.latency),
          load: weight('How little of its limits is used.', DEFAULT_WEIGHTS.load),
          success: weight('How little has failed there.', DEFAULT_WEIGHTS.success),
        }),
        'How much each counts when places are compared; what is not known is neutral. What runs already stays where it is.',
      ),
    }),
    'How places are chosen among those that fit.',
  ),
  drift: key(oneOf('report', 'repair'), 'What is done about drift of resources that do not say.', {
    default: 'report',
  }),
  secrets,
  policy,
  app,
  incidents,
  maintenance,
  status: key(
    map('a map such as { title: Acme status }', {
      title: key(text(/^[^\p{Cc}\p{Cf}]+$/u, 100, 'one line of text'), 'Its title; the fleet’s name when left out.', {
        examples: ['Acme status'],
      }),
      description: key(line, 'What stands below the title.'),
      url: key(
        text(/^https?:\/\/[^\s\p{Cc}\p{Cf}?#]+$/u, 500, 'an address that starts with https://'),
        'Where the page is published: for its feed, its badges, and links to it.',
        { examples: ['https://status.example.com'] },
      ),
    }),
    'The status page.',
  ),
  limits: key(
    map('a map such as { concurrency: 10 }', {
      concurrency: key(wholeNumber(1, 100), 'Steps that may run at once, over all providers.', { default: 10 }),
    }),
    'Limits of a run.',
  ),
};

/** The schema of the whole file. */
export const FILE = map('a map that starts with fleet: <name>', {
  ...HEAD,
  services: key(section('service'), SECTION_ABOUT.service),
  sites: key(section('site'), SECTION_ABOUT.site),
  databases: key(section('database'), SECTION_ABOUT.database),
  buckets: key(section('bucket'), SECTION_ABOUT.bucket),
  models: key(section('model'), SECTION_ABOUT.model),
  jobs: key(section('job'), SECTION_ABOUT.job),
  domains: key(section('domain'), SECTION_ABOUT.domain),
});
