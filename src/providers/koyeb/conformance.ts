import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import { startFakeKoyeb, TOKEN, type Rollout } from './fake.ts';
import { provider } from './provider.ts';

const ROLLOUT: Record<DeployFate, Rollout> = {
  live: ['PENDING', 'PROVISIONING', 'STARTING', 'HEALTHY'],
  fails: ['PENDING', 'PROVISIONING', 'STARTING', 'ERROR'],
  hangs: ['PENDING', 'STARTING', 'UNHEALTHY'],
  'unknown-word': ['PENDING', 'REBALANCING', 'REBALANCING', 'HEALTHY'],
  'unknown-for-ever': ['REBALANCING'],
};

const spec = {
  source: { image: `ghcr.io/acme/api@sha256:${'a'.repeat(64)}` },
  port: 8080,
  env: { LOG_LEVEL: 'info' },
  health: { path: '/healthz', timeoutSeconds: 10, graceSeconds: 30 },
  domains: [],
};

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: { service: { spec, changed: { ...spec, env: { LOG_LEVEL: 'debug', EXTRA: '1' } } } },
  skips: { rollback: 'Koyeb has none: an earlier deployment is made again from the record' },
  // The official file is Swagger without media types, which are then taken to be JSON.
  specifications: [{ file: 'koyeb/openapi.prism.json', from: 'https://api.prod.koyeb.com/public.swagger.json' }],
  deviations: [
    {
      match: /status: must be equal to one of .*found "REBALANCING"/,
      because: 'a status word of the future, which the suite makes up',
      source: 'https://www.koyeb.com/docs/reference/api',
    },
  ],
  async start({ pageSize }) {
    const koyeb = await startFakeKoyeb(pageSize === undefined ? {} : { pageSize });
    koyeb.rollout = ROLLOUT.live;
    koyeb.lingers = 2;
    const apps = (name: string) => [...koyeb.apps.values()].filter((app) => app.name === name);
    const services = (name: string) =>
      apps(name).flatMap(({ id }) => [...koyeb.services.values()].filter(({ app_id }) => app_id === id));
    return {
      account: {
        options: { endpoint: koyeb.url, repository: 'acme/shop' },
        credentials: { KOYEB_TOKEN: TOKEN },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: koyeb,
      count: async ({ identity }) => Math.max(apps(identity).length, services(identity).length),
      drift: async ({ identity }) => {
        for (const { id } of services(identity)) koyeb.tamper(id, { scalings: [{ min: 3, max: 3 }] });
      },
      foreign: async ({ identity }) => koyeb.plant(identity),
      fate: (fate) => void (koyeb.rollout = ROLLOUT[fate]),
      stop: () => koyeb.stop(),
    };
  },
};
