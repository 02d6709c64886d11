import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import { OWNER, startFakeRender, TOKEN, type Rollout } from './fake.ts';
import { provider } from './provider.ts';

const ROLLOUT: Record<DeployFate, Rollout> = {
  live: ['created', 'build_in_progress', 'update_in_progress', 'live'],
  fails: ['created', 'build_in_progress', 'build_failed'],
  hangs: ['queued', 'build_in_progress'],
  'unknown-word': ['created', 'awaiting_capacity', 'awaiting_capacity', 'live'],
  'unknown-for-ever': ['awaiting_capacity'],
};

const service = {
  source: { image: `ghcr.io/acme/api@sha256:${'a'.repeat(64)}` },
  port: 8080,
  env: { LOG_LEVEL: 'info' },
};
const site = {
  dir: 'web',
  build: 'npm run build',
  output: 'dist',
  env: {},
  redirects: [{ from: '/old', to: '/new', status: 301 }],
  headers: [{ for: '/*', values: { 'X-Frame-Options': 'DENY' } }],
  domains: [],
};

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: {
    service: {
      spec: { ...service, domains: [] },
      changed: { ...service, domains: [], env: { LOG_LEVEL: 'debug', EXTRA: '1' } },
    },
    site: {
      spec: site,
      changed: { ...site, env: { GREETING: 'hello' }, fallback: 'index.html' },
      files: { 'index.html': '<h1>hello</h1>' },
    },
  },
  skips: {},
  specifications: [
    { file: 'render/render-openapi.json', from: 'https://api-docs.render.com/openapi/render-public-api-1.json' },
  ],
  deviations: [
    {
      match: /\.?status: must be equal to one of .*found "awaiting_capacity"/,
      because: 'a status word of the future, which the suite makes up',
      source: 'https://api-docs.render.com/reference/retrieve-deploy',
    },
  ],
  async start({ pageSize }) {
    const render = await startFakeRender(pageSize === undefined ? {} : { pageSize });
    render.rollout = ROLLOUT.live;
    const named = (name: string) => [...render.services.values()].filter((each) => each.shown.name === name);
    return {
      account: {
        options: { endpoint: render.url, repository: 'acme/shop' },
        credentials: { RENDER_API_KEY: TOKEN },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: render,
      count: async ({ identity }) => named(identity).length,
      drift: async ({ identity }) => {
        for (const each of named(identity)) each.shown.autoDeploy = 'yes';
      },
      async foreign({ kind, identity: name }) {
        const details =
          kind === 'site'
            ? { buildCommand: '', publishPath: '.' }
            : { runtime: 'image', plan: 'free', region: 'frankfurt' };
        const from = kind === 'site' ? { repo: 'https://github.com/acme/other' } : { image: IMAGE };
        // It has run for long.
        const { rollout } = render;
        render.rollout = ['live'];
        await fetch(`${render.url}/v1/services`, {
          method: 'POST',
          headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            type: TYPE[kind],
            name,
            ownerId: OWNER,
            ...from,
            envVars: [],
            serviceDetails: details,
          }),
        });
        render.rollout = rollout;
      },
      fate: (fate) => void (render.rollout = ROLLOUT[fate]),
      stop: () => render.stop(),
    };
  },
};

const IMAGE = { ownerId: OWNER, imagePath: 'docker.io/library/nginx:1' };
const TYPE: Record<string, string> = { service: 'web_service', site: 'static_site' };
