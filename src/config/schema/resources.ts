import * as z from 'zod/mini';
import type { PlaceConfig, ResourceConfig, ServiceSpec, SiteSpec } from '../../model/config.ts';
import { SECTION, STATEFUL, type JsonObject, type Kind } from '../../model/resource.ts';
import { about, key, listOf, map, mapOf, rule } from './words.ts';
import {
  command,
  domainList,
  domainName,
  duration,
  environmentVariables,
  flag,
  line,
  oneOf,
  percentage,
  repositoryPath,
  resourceName,
  shortName,
  size,
  text,
  textLike,
  urlPath,
  wholeNumber,
} from './values.ts';

/** One schema a kind: takes the shape of the file, gives a `ResourceConfig` in the units that the model names. */

const place = about(
  map('a map such as { on: [render, fly], region: eu }', {
    on: key(
      z.union(
        [
          shortName,
          listOf('a list of provider names', shortName, 20).check(z.minLength(1, { error: 'at least one provider' })),
        ],
        {
          error: 'the name of a provider account, or a list of them',
        },
      ),
      'Provider accounts that may run it, best first; all accounts when left out.',
      { examples: [['render', 'fly']] },
    ),
    spread: key(oneOf('provider'), 'provider: put the replicas on as many providers as possible.'),
    region: key(
      text(/^[a-z][a-z0-9-]*$/, 40, 'a region such as eu or fra'),
      'Where it should run; each provider knows which of its regions fit.',
      { examples: ['eu'] },
    ),
  }),
  'Where it may run.',
);

const common = {
  place: z.optional(place),
  protect: key(flag, 'Deleting or replacing it must be allowed by name. true for databases and buckets, else false.'),
};

const sourceMap = map('a folder such as services/api, or a map such as { dir: services/api }', {
  dir: key(repositoryPath, 'Folder of the repository that it is made from.', { examples: ['services/api'] }),
  dockerfile: key(repositoryPath, 'Dockerfile to build, inside dir.', { examples: ['Dockerfile'] }),
  build: key(line, 'Command line that builds it, run in dir.', { examples: ['npm ci && npm run build'] }),
  command: key(command, 'What to start: one line for the shell, or a list of words.', { examples: ['npm start'] }),
  image: key(
    text(
      /^[a-z0-9][a-z0-9._-]*(:[0-9]+)?(\/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[0-9a-f]{64})?$/,
      500,
      'an image such as ghcr.io/acme/api:1.2',
    ),
    'Container image to run instead of building one.',
    { examples: ['ghcr.io/acme/api:1.2'] },
  ),
}).check(
  rule((value) => {
    const built = (['dir', 'dockerfile', 'build'] as const).find((name) => value[name] !== undefined);
    if (value.image !== undefined && built)
      return {
        path: [built],
        found: `"image" and "${built}" exclude each other`,
        expected: 'an image, or a folder to build',
      };
    if (value.image === undefined && !built && value.command === undefined)
      return { path: [], found: 'the source names nothing to run', expected: 'at least one of: dir, image, command' };
    return undefined;
  }),
);

const source = about(
  z.pipe(
    z.union([repositoryPath, sourceMap], {
      error: 'a folder such as services/api, or a map such as { dir: services/api }',
    }),
    z.transform((value: string | z.output<typeof sourceMap>): ServiceSpec['source'] => {
      if (typeof value === 'string') return { dir: value };
      const builds = value.image === undefined && (value.dockerfile ?? value.build) !== undefined;
      return compact({ ...value, dir: value.dir ?? (builds ? '.' : undefined) });
    }),
  ),
  'What it is made from: a folder, an image, or a command. Text alone is the folder.',
  { examples: ['services/api', { image: 'ghcr.io/acme/api:1.2' }] },
);

const env = key(
  environmentVariables,
  'Environment variables. ${kind.name.output} is another resource’s output, ${secret.NAME} a secret.',
  { examples: [{ LOG_LEVEL: 'info', DATABASE_URL: '${database.main.url}' }] },
);

const domains = key(domainList, 'Domain names that lead to it.', { examples: [['www.acme.dev']] });

const service = map('a service: a map with at least a source', {
  source,
  port: key(wholeNumber(1, 65_535), 'Port that it listens on; it is also given as PORT.', { examples: [8080] }),
  env,
  health: key(
    map('a map such as { path: /healthz }', {
      path: about(urlPath, 'Path that answers 2xx when all is well.', { examples: ['/healthz'] }),
      every: key(duration, 'Time between two probes.', { default: '5m' }),
      fail_after: key(wholeNumber(1, 100), 'Failed probes in a row that make an incident.', { default: 3 }),
      timeout: key(duration, 'How long one probe may take.', { default: '10s' }),
    }),
    'How to tell that it is well.',
  ),
  resources: key(
    map('a map such as { cpu: 0.5, memory: 512MB }', {
      cpu: key(
        z.number({ error: 'a number of processor cores from 0.01 to 256' }).check(z.gte(0.01), z.lte(256)),
        'Processor cores.',
        { examples: [0.5] },
      ),
      memory: key(size, 'Memory.', { examples: ['512MB'] }),
    }),
    'What one replica may use.',
  ),
  replicas: key(wholeNumber(1, 100), 'How many copies run.', { default: 1 }),
  rollout: key(
    map('a map such as { strategy: canary, steps: [10, 50, 100] }', {
      strategy: key(oneOf('all_at_once', 'rolling', 'canary'), 'How a new version replaces the old one.', {
        default: 'all_at_once',
      }),
      steps: key(
        listOf('a list of percentages such as [10, 50, 100]', percentage, 20).check(
          z.minLength(1, { error: 'at least one step' }),
        ),
        'canary: share of the traffic at each step, rising to 100.',
        { examples: [[10, 50, 100]] },
      ),
    }).check(
      rule(({ strategy, steps }) => {
        if (!steps) return undefined;
        if (strategy !== 'canary')
          return {
            path: ['steps'],
            found: '"steps" are for the canary strategy only',
            expected: 'strategy: canary, or no steps',
          };
        const falls = steps.findIndex((step, index) => index > 0 && step <= (steps[index - 1] as number));
        if (falls > 0)
          return {
            path: ['steps', falls],
            found: `the steps do not rise at ${steps[falls]}`,
            expected: 'rising percentages',
          };
        if (steps.at(-1) !== 100)
          return {
            path: ['steps', steps.length - 1],
            found: `the last step is ${steps.at(-1)}`,
            expected: '100 as the last step',
          };
        return undefined;
      }),
    ),
    'How a new version is let in.',
  ),
  domains,
  ...common,
});

const site = map('a site: a map with at least a dir', {
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
  ...common,
});

const version = key(
  z.pipe(
    z.union([z.int(), text(/^[0-9A-Za-z][0-9A-Za-z._-]*$/, 40, 'a version such as "16"')], {
      error: 'a version such as "16"',
    }),
    z.transform((value: number | string) => String(value)),
  ),
  'Version; the provider’s default when left out.',
  { examples: ['16'] },
);

const database = map('a database: a map with at least an engine', {
  engine: about(oneOf('postgres', 'mysql', 'mongodb', 'redis', 'sqlite'), 'Which kind of database.'),
  version,
  migrations: key(repositoryPath, 'Folder of SQL migrations, applied in order before what depends on it.', {
    examples: ['db/migrations'],
  }),
  ...common,
});

const bucket = map('a bucket: a map, {} when all defaults will do', {
  copies: key(wholeNumber(1, 10), 'On how many providers a copy of every object is kept.', { default: 1 }),
  public: key(flag, 'Anyone may read its objects.', { default: false }),
  ...common,
});

const model = map('a model: a map with at least a source', {
  source: about(
    text(
      /^(?!\/)(https?:\/\/|hf:\/\/)?[^\s\\\p{Cc}\p{Cf}]+$/u,
      1000,
      'a path inside the repository or an https:// address',
    ),
    'Where the model’s files are: a path of the repository or an address.',
    { examples: ['models/resnet', 'https://models.example.com/resnet.onnx'] },
  ),
  runtime: key(oneOf('onnx', 'triton'), 'What serves it.', { default: 'onnx' }),
  replicas: key(wholeNumber(1, 100), 'How many copies run.', { default: 1 }),
  ...common,
});

const CRON = /^(\S+) +(\S+) +(\S+) +(\S+) +(\S+)$/;
const CRON_FIELD =
  /^(\*|[0-9]{1,2}|[A-Za-z]{3})(-([0-9]{1,2}|[A-Za-z]{3}))?(\/[0-9]{1,2})?(,([0-9]{1,2}|[A-Za-z]{3})(-([0-9]{1,2}|[A-Za-z]{3}))?(\/[0-9]{1,2})?)*$/;
const CRON_WORDS = 'five fields as in cron, in UTC, such as "0 3 * * *"';

const job = map('a job: a map with a source or command, and a schedule or every', {
  source: z.optional(source),
  command: key(command, 'What to run; the same as source.command.', { examples: ['npm run report'] }),
  schedule: key(
    text(CRON, 100, CRON_WORDS).check(
      z.refine((value) => value.split(/ +/).every((field) => CRON_FIELD.test(field)), { error: CRON_WORDS }),
    ),
    'When to run it, as in cron, in UTC.',
    { examples: ['0 3 * * *'] },
  ),
  every: key(duration, 'Time between two runs, instead of a schedule.', { examples: ['6h'] }),
  env,
  timeout: key(duration, 'A run that takes longer is stopped.', { default: '1h' }),
  ...common,
}).check(
  rule(({ source, command, schedule, every }) => {
    if (source?.command && command)
      return { path: ['command'], found: '"command" stands in the job and in its source', expected: 'one of the two' };
    if (!source && !command)
      return { path: [], found: 'the job has nothing to run', expected: 'a source or a command' };
    if (schedule !== undefined && every !== undefined)
      return { path: ['every'], found: '"every" and "schedule" exclude each other', expected: 'one of the two' };
    if (schedule === undefined && every === undefined)
      return { path: [], found: 'the job does not say when to run', expected: 'schedule: "0 3 * * *" or every: 6h' };
    return undefined;
  }),
);

const domain = map('a domain: a map, {} when all defaults will do', {
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
  ...common,
});

/** Drops keys whose value is undefined, so that specs are plain JSON. */
function compact<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  for (const name of Object.keys(value) as (keyof T)[]) if (value[name] === undefined) delete value[name];
  return value as { [K in keyof T]: Exclude<T[K], undefined> };
}

interface Common {
  place?: z.output<typeof place> | undefined;
  protect?: boolean | undefined;
}

function resource(kind: Kind, value: Common, spec: object): ResourceConfig {
  const { on, ...rest } = value.place ?? {};
  const where = compact({ on: typeof on === 'string' ? [on] : on, ...rest }) as PlaceConfig;
  return { spec: compact(spec) as JsonObject, place: where, protect: value.protect ?? STATEFUL.has(kind) };
}

function kindOf<S extends z.core.$ZodType<Common>>(kind: Kind, shape: S, spec: (value: z.output<S>) => object) {
  return z.pipe(
    shape,
    z.transform((value: z.output<S>) => resource(kind, value, spec(value))),
  );
}

function serviceSpec(value: z.output<typeof service>): ServiceSpec {
  const { health, resources, rollout } = value;
  return compact({
    source: value.source,
    port: value.port,
    env: value.env ?? {},
    health: health && {
      path: health.path,
      everySeconds: health.every ?? 300,
      failAfter: health.fail_after ?? 3,
      timeoutSeconds: health.timeout ?? 10,
    },
    resources:
      resources &&
      compact({
        millicpu: resources.cpu === undefined ? undefined : Math.round(resources.cpu * 1000),
        memoryBytes: resources.memory,
      }),
    replicas: value.replicas ?? 1,
    rollout:
      rollout &&
      compact({
        strategy: rollout.strategy ?? 'all_at_once',
        steps: rollout.strategy === 'canary' ? (rollout.steps ?? [10, 50, 100]) : undefined,
      }),
    domains: value.domains ?? [],
  });
}

function siteSpec(value: z.output<typeof site>): SiteSpec {
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

/** The schema of one resource of each kind. */
export const RESOURCE = {
  service: kindOf('service', service, serviceSpec),
  site: kindOf('site', site, siteSpec),
  database: kindOf('database', database, ({ engine, version, migrations }) => ({ engine, version, migrations })),
  bucket: kindOf('bucket', bucket, (value) => ({ copies: value.copies ?? 1, public: value.public ?? false })),
  model: kindOf('model', model, (value) => ({
    source: value.source,
    runtime: value.runtime ?? 'onnx',
    replicas: value.replicas ?? 1,
  })),
  job: kindOf('job', job, ({ source, command, schedule, every, env, timeout }) => ({
    source: compact({ ...source, command: source?.command ?? command }),
    schedule,
    everySeconds: every,
    env: env ?? {},
    timeoutSeconds: timeout ?? 3600,
  })),
  domain: kindOf('domain', domain, ({ target, records }) => ({
    target,
    records: (records ?? []).map(({ ttl, ...record }) => ({ ...record, ttlSeconds: ttl ?? 3600 })),
  })),
} satisfies Record<Kind, z.core.$ZodType<ResourceConfig>>;

/** What may stand as the name of a resource of each kind. */
export const NAME: Record<Kind, z.ZodMiniString<string>> = {
  service: resourceName,
  site: resourceName,
  database: resourceName,
  bucket: resourceName,
  model: resourceName,
  job: resourceName,
  domain: domainName,
};

/** The plural section of one kind: names to resources. */
export function section<K extends Kind>(kind: K) {
  return mapOf(`a map of ${SECTION[kind]} by name`, NAME[kind], RESOURCE[kind]);
}
