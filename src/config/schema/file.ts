import * as z from 'zod/mini';
import { KINDS, SECTION, type Kind } from '../../model/resource.ts';
import { NAME, section } from './resources.ts';
import { about, key, map, mapOf } from './words.ts';
import { branchName, duration, environmentName, flag, jsonValue, shortName, wholeNumber } from './values.ts';

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
  branch: key(branchName, 'A push to this branch applies the environment.', { examples: ['main'] }),
  pull_requests: key(flag, 'Pull requests are planned against this environment.', { default: false }),
  ttl: key(duration, 'With pull_requests: every pull request gets a copy of the fleet that lives this long.', {
    examples: ['3d'],
  }),
  ...overlaySections,
});

const provider = z.catchall(
  z.object(
    {
      type: key(shortName, 'Which provider it is; the account’s own name when left out.', { examples: ['render'] }),
    },
    { error: 'a map of options, {} when there are none' },
  ),
  jsonValue,
);

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
