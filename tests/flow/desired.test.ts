import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import { resourcesFor } from '../../src/config/resources-for.ts';
import { buildGraph } from '../../src/desired/build-graph.ts';
import { ConfigError, type Problem } from '../../src/model/errors.ts';
import { resolve } from '../../src/model/resolve.ts';

const tree = new Map([
  ['', 'root0'],
  ['api', 'tree1'],
  ['web', 'tree2'],
  ['db/migrations', 'tree3'],
]);

async function graphOf(text: string) {
  const config = await readConfig(new Map([['flotilla.yml', text]]));
  const { resources } = resourcesFor(config, 'production');
  return buildGraph({ config, environment: 'production', resources, tree });
}

async function problemsOf(text: string): Promise<Problem[]> {
  const error = await graphOf(text).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError, got ${String(error)}`);
  return error.problems;
}

describe('the graph', () => {
  test('dependencies come first; sources carry their tree; secrets are named', async () => {
    const { resources } = await graphOf(`
fleet: acme
sites:
  web: { dir: web, env: { API: "\${service.api.url}" } }
services:
  api:
    source: { dir: ./api/, command: [node, server.js] }
    replicas: 3
    env: { DB: "\${database.main.url}", KEY: "\${secret.KEY}", PRICE: "$\${5}" }
databases:
  main: { engine: postgres, migrations: db/migrations }
`);
    expect(resources.map(({ address }) => address)).toEqual(['database/main', 'service/api', 'site/web']);
    const [database, api, web] = resources;
    expect(database).toMatchObject({ protect: true, source: { dir: 'db/migrations', tree: 'tree3' } });
    expect(api).toMatchObject({
      replicas: 3,
      secrets: ['KEY'],
      dependsOn: ['database/main'],
      source: { dir: 'api', tree: 'tree1' },
    });
    expect(web).toMatchObject({ dependsOn: ['service/api'], templated: true });
  });

  test('what may be shown is filled in; secrets and secret outputs stay as they are written', async () => {
    const { resources } = await graphOf(`
fleet: acme
services:
  api: { source: { dir: api, command: [x] }, env: { DB: "\${database.main.url}", HOST: "at \${database.main.host}:\${database.main.port}", KEY: "\${secret.KEY}", PRICE: "$\${5}" } }
databases:
  main: { engine: postgres }
`);
    const api = resources[1];
    if (!api) throw new Error('no api');
    const known = resolve(api, () => ({ host: 'db.test', port: '5432', url: 'postgres://user:password@db.test' }));
    expect(known.spec['env']).toEqual({
      DB: '${database.main.url}',
      HOST: 'at db.test:5432',
      KEY: '${secret.KEY}',
      PRICE: '${5}',
    });
    expect(known.references).toEqual({ 'database.main.host': 'db.test', 'database.main.port': '5432' });
    expect(resolve(api, () => undefined).pending).toEqual(['database/main']);
  });

  test('what opens every secret, or belongs to the run, is given to no resource and sent to nobody', async () => {
    for (const name of ['FLOTILLA_IDENTITY', 'INPUT_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']) {
      const api = (more: string) => `fleet: acme\nservices:\n  api: { source: { dir: api, command: [x] }, ${more} }\n`;
      expect(await problemsOf(api(`env: { KEY: "\${secret.${name}}" }`))).toMatchObject([
        { path: 'services.api.env.KEY', message: expect.stringContaining('a variable of Flotilla itself') },
      ]);
      expect(await problemsOf(api(`health: { path: /, headers: { X: "a \${ secret.${name} }" } }`))).toMatchObject([
        { path: 'services.api.health.headers.X', hint: expect.stringContaining('which nobody is sent') },
      ]);
      for (const url of [`https://x.example/\${secret.${name}}`, `\${secret.${name}}`])
        expect(await problemsOf(`fleet: acme\nincidents: { webhook: { url: "${url}" } }\n`)).toMatchObject([
          { path: 'incidents.webhook.url' },
        ]);
    }
  });

  test('all bad references at once, each at its line', async () => {
    const problems = await problemsOf(`fleet: acme
services:
  api:
    source: { dir: nowhere, command: [x] }
    env:
      A: \${service.apo.url}
      B: \${site.web.port}
      C: \${what is this}
      D: \${service.api.url}
sites:
  web: { dir: web }
`);
    expect(
      problems.map(({ position, message, hint }) => `${position.line}: ${message}${hint ? ` (${hint})` : ''}`),
    ).toEqual([
      expect.stringMatching(/^6: .*service\/apo, which this environment does not have \(did you mean service\/api\?\)/),
      '7: a site has no output "port" (it has url, host)',
      expect.stringMatching(/^8: "\$\{what is this\}" is not a reference/),
      '9: "${service.api.url}" refers to the resource that it stands in',
      expect.stringMatching(/^4: the folder "nowhere" is not in the repository/),
    ]);
  });

  test('a cycle is shown', async () => {
    const problems = await problemsOf(`fleet: acme
services:
  a: { source: { image: x }, env: { B: "\${service.b.url}" } }
  b: { source: { image: x }, env: { C: "\${service.c.url}" } }
  c: { source: { image: x }, env: { A: "\${service.a.url}" } }
`);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('service/a → service/b → service/c → service/a');
  });

  test('a chain of 5,000 is no deeper than the stack allows', async () => {
    const services = Array.from(
      { length: 5000 },
      (_, index) => `  s${index}: { source: { image: x }, env: { N: "\${service.s${index + 1}.url}" } }`,
    );
    const { resources } = await graphOf(
      `fleet: acme\nservices:\n${services.join('\n')}\n  s5000: { source: { image: x } }\n`,
    );
    expect(resources[0]?.address).toBe('service/s5000');
    expect(resources).toHaveLength(5001);
  });
});
