import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import { startFakeRailway, TOKEN, type Rollout } from './fake.ts';
import { provider } from './provider.ts';
import { projectMark, serviceName } from './service-settings.ts';

const ROLLOUT: Record<DeployFate, Rollout> = {
  live: ['QUEUED', 'BUILDING', 'DEPLOYING', 'SUCCESS'],
  fails: ['QUEUED', 'BUILDING', 'FAILED'],
  hangs: ['QUEUED', 'BUILDING'],
  'unknown-word': ['QUEUED', 'MIGRATING', 'MIGRATING', 'SUCCESS'],
  'unknown-for-ever': ['MIGRATING'],
};

const spec = {
  source: { image: `ghcr.io/acme/api@sha256:${'a'.repeat(64)}` },
  port: 8080,
  env: { LOG_LEVEL: 'info' },
};

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: { service: { spec, changed: { ...spec, env: { LOG_LEVEL: 'debug', EXTRA: '1' } } } },
  skips: {},
  specifications: [{ file: 'railway/schema.graphql', base: '/graphql/v2' }],
  deviations: [
    {
      match: /Enum "DeploymentStatus" cannot represent value: "MIGRATING"/,
      because: 'a status word that the schema does not have yet is what that case is about',
      source: 'https://docs.railway.com/integrations/api',
    },
  ],
  async start({ pageSize }) {
    const railway = await startFakeRailway(pageSize === undefined ? {} : { pageSize });
    // The fleet's project is there already: that it is made once, and found again, is in tests/providers/railway.test.ts.
    const project = railway.plantProject('acme', projectMark({ fleet: 'acme', environment: 'production' }));
    railway.plantProject('acme', 'somebody else’s of the same name');
    return {
      account: {
        options: { endpoint: railway.url },
        credentials: { RAILWAY_API_TOKEN: TOKEN },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: railway,
      count: async ({ identity }) => railway.services(serviceName(identity)).length,
      drift: async ({ identity }) => void (railway.services(serviceName(identity))[0]!.instance['numReplicas'] = 7),
      foreign: async ({ identity }) => void railway.plantService(project, serviceName(identity)),
      fate: (fate) => void (railway.rollout = ROLLOUT[fate]),
      stop: () => railway.stop(),
    };
  },
};
