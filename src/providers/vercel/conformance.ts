import type { JsonObject } from '../../model/resource.ts';
import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import { startVercel, type FakeVercel } from './fake.ts';
import { provider } from './provider.ts';

const ROLLOUT: Record<DeployFate, FakeVercel['rollout']> = {
  live: ['QUEUED', 'INITIALIZING', 'BUILDING', 'READY'],
  fails: ['QUEUED', 'BUILDING', 'ERROR'],
  hangs: ['QUEUED', 'BUILDING'],
  'unknown-word': ['QUEUED', 'PONDERING', 'PONDERING', 'READY'],
  'unknown-for-ever': ['PONDERING'],
};

const spec: JsonObject = {
  dir: 'web',
  output: 'dist',
  env: { GREETING: 'hello' },
  redirects: [{ from: '/old', to: '/new', status: 301 }],
  headers: [],
  domains: ['www.acme.dev'],
};

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: {
    site: {
      spec,
      changed: { ...spec, redirects: [{ from: '/old', to: '/newer', status: 302 }] },
      files: { 'dist/index.html': '<h1>hello</h1>', 'dist/assets/app.js': 'console.log(1)' },
    },
  },
  skips: {},
  specifications: [{ file: 'vercel/vercel-spec-2025-10-27.json' }],
  deviations: [
    {
      match: /^POST \/v13\/deployments -> 400: response 400: is answered without a body$/,
      because: 'a deployment with files that were not sent is refused with their digests',
      source: 'https://github.com/vercel/vercel/blob/main/packages/client/src/upload.ts',
    },
    {
      match: /^GET \/v13\/deployments\/dpl_new_|^(GET|POST) .* -> 200: .*"PONDERING"$/,
      because: 'the case of a status word that Vercel adds later',
      source: 'https://vercel.com/docs/rest-api',
    },
  ],
  async start({ pageSize }) {
    const token = 'vercel_token_for_tests';
    const vercel = await startVercel({ token, ...(pageSize === undefined ? {} : { pageSize }) });
    const named = (name: string) => [...vercel.projects.values()].filter((project) => project.name === name);
    return {
      account: {
        options: { team: 'acme', endpoint: vercel.url },
        credentials: { VERCEL_TOKEN: token },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: vercel,
      count: async ({ identity }) => named(identity).length,
      drift: async ({ identity }) => vercel.deployByHand(identity),
      foreign: async ({ identity: name }) => {
        await fetch(`${vercel.url}/v11/projects?slug=acme`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ name }),
        });
        vercel.deployByHand(name);
      },
      fate: (fate) => void (vercel.rollout = ROLLOUT[fate]),
      stop: () => vercel.stop(),
    };
  },
};
