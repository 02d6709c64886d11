import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import type { JsonObject } from '../../model/resource.ts';
import { startNetlify, type FakeNetlify } from './fake.ts';
import { provider } from './provider.ts';

const ROLLOUT: Record<DeployFate, FakeNetlify['rollout']> = {
  live: ['processing', 'processed', 'ready'],
  fails: ['processing', 'error'],
  hangs: ['processing'],
  'unknown-word': ['reticulating', 'reticulating', 'ready'],
  'unknown-for-ever': ['reticulating'],
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
  skips: { logs: 'Netlify has no logs of static sites; what it says of a failed deploy comes with the error' },
  specifications: [
    {
      file: 'netlify/swagger.json',
      from: 'https://unpkg.com/@netlify/open-api@2.60.0/dist/swagger.json',
      spanning: ['path'],
    },
  ],
  async start({ pageSize }) {
    const token = 'nfp_token_for_tests';
    const netlify = await startNetlify({ token, ...(pageSize === undefined ? {} : { pageSize }) });
    const named = (name: string) => [...netlify.sites.values()].filter((site) => site.name === name);
    return {
      account: {
        options: { team: 'acme-team', endpoint: `${netlify.url}/api/v1` },
        credentials: { NETLIFY_AUTH_TOKEN: token },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: netlify,
      count: async ({ identity }) => named(identity).length,
      drift: async ({ identity }) => netlify.deployByHand(identity),
      foreign: async ({ identity: name }) => {
        await fetch(`${netlify.url}/api/v1/acme-team/sites`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ name }),
        });
        netlify.deployByHand(name);
      },
      fate: (fate) => void (netlify.rollout = ROLLOUT[fate]),
      stop: () => netlify.stop(),
    };
  },
};
