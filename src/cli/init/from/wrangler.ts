import { wordOf } from '../detect.ts';
import { body, type Convert, type Draft } from './converted.ts';
import { parse } from './parse.ts';
import { literal, literals, pathIn } from './values.ts';

const BINDING = 'what it is called in the program is said by env:, as references';

/** `wrangler.toml`, `wrangler.json` and `wrangler.jsonc`: a Worker is a service, assets alone are a site. */
export const fromWrangler: Convert = (source) => {
  const root = parse(source.file.endsWith('.toml') ? 'toml' : 'json', source);
  root.ignore('$schema');
  const { dir } = source;
  const name = wordOf(root.text('name') ?? '') || source.name;
  const build = root.map('build');
  const line = build.text('command') ?? source.found?.build;
  const assets = root.map('assets');
  const output = assets.text('directory') ?? root.text('pages_build_output_dir') ?? root.map('site').text('bucket');
  const env = literals(root.variables('vars'));
  const domains = [...domainsOf(root, 'routes'), ...domainsOf(root, 'route')];
  const main = root.has('main');
  const written = root.text('main');
  const module = written !== undefined && /\.m?js$/.test(written) ? pathIn('.', written) : undefined;
  const fallback = assets.text('not_found_handling') === 'single-page-application' ? 'index.html' : undefined;
  if (main) {
    if (module === undefined)
      root.drop('main', 'wrangler bundles it: say build:, and as command: the module that comes of it');
    for (const key of ['pages_build_output_dir', 'site'])
      root.drop(key, 'files of a service are served by the service; a site is a resource of its own');
    assets.refuse('files of a service are served by the service; a site is a resource of its own');
  } else assets.drop('binding', 'a site has no program');
  root.drop('triggers', 'what runs at set times is a job of its own');
  root.drop('compatibility_date', 'which version of the runtime it gets is the provider’s own setting');
  root.drop('compatibility_flags', 'which version of the runtime it gets is the provider’s own setting');
  root.drop('env', 'what differs in an environment stands under environments:');
  for (const key of ['kv_namespaces', 'durable_objects', 'queues', 'services', 'ai', 'vectorize', 'hyperdrive'])
    root.drop(key, 'Flotilla has no such resource');
  const built = { dir, build: line === undefined ? undefined : literal(line) };
  const first: Draft = main
    ? { kind: 'service', name, from: 'main', body: body({ source: body({ ...built, command: module }), env, domains }) }
    : {
        kind: 'site',
        name,
        from: 'assets',
        body: body({
          ...built,
          output: output === undefined ? undefined : pathIn('.', output),
          env,
          domains,
          fallback,
        }),
      };
  const buckets = root.maps('r2_buckets').map((bucket): Draft => {
    bucket.drop('binding', BINDING);
    return { kind: 'bucket', name: wordOf(bucket.text('bucket_name') ?? '') || 'files', from: bucket.path, body: {} };
  });
  const databases = root.maps('d1_databases').map((database): Draft => {
    database.drop('binding', BINDING);
    database.drop('database_id', 'the database is made anew: its data is not moved');
    const migrations = database.text('migrations_dir');
    return {
      kind: 'database',
      name: wordOf(database.text('database_name') ?? '') || 'main',
      from: database.path,
      body: body({ engine: 'sqlite', migrations: migrations === undefined ? undefined : pathIn(dir, migrations) }),
    };
  });
  return {
    resources: [first, ...buckets, ...databases],
    providers: { cloudflare: {} },
    leftovers: root.leftovers(source.file),
  };
};

/** Names of `{ pattern, custom_domain }`; a pattern with paths leads to a part of another's address. */
function domainsOf(root: ReturnType<typeof parse>, key: string): string[] {
  const given = root.any(key);
  const texts = [given].flat().every((entry) => typeof entry === 'string') ? root.texts(key) : undefined;
  if (texts) {
    const [whole, parts] = [texts.filter((text) => !/[/*]/.test(text)), texts.filter((text) => /[/*]/.test(text))];
    if (parts.length > 0) root.drop(key, 'a domain leads to all paths of a service');
    return whole;
  }
  return root.maps(key).flatMap((route) => {
    const pattern = route.text('pattern') ?? '';
    route.ignore('custom_domain');
    for (const zone of ['zone_name', 'zone_id']) route.drop(zone, 'the zone is found by the name');
    const name = pattern.replace(/\/\*$/, '');
    if (name !== '' && !/[/*]/.test(name)) return [name];
    route.refuse('a domain leads to all paths of a service');
    return [];
  });
}
