import { KINDS, type JsonObject, type Kind } from '../../model/resource.ts';
import type { DeployFate, Example, Harness } from '../../provider-kit/conformance.ts';
import { startCloud, type Rollout, type StoredResource } from './fake.ts';
import { provider } from './provider.ts';

const ROLLOUT: Record<DeployFate, Rollout> = {
  live: ['accepted', 'building', 'starting', 'running'],
  fails: ['accepted', 'building', 'crashed'],
  hangs: ['accepted', 'building'],
  'unknown-word': ['accepted', 'defragmenting', 'defragmenting', 'running'],
  'unknown-for-ever': ['defragmenting'],
};

const SPEC: Partial<Record<Kind, JsonObject>> = {
  service: { source: { image: 'ghcr.io/acme/api:1' }, port: 8080, env: { LOG_LEVEL: 'info' } },
  site: { dir: 'web', output: 'dist', env: {}, redirects: [{ from: '/old', to: '/new', status: 301 }], domains: [] },
};

/** What somebody else has there, as the pretend cloud keeps it: with all defaults. */
const OTHERS: Record<Kind, JsonObject> = {
  service: { source: { image: 'ghcr.io/acme/shop:1' }, port: 8080, domains: [] },
  site: { dir: 'web', redirects: [], headers: [], domains: [] },
  database: { engine: 'postgres' },
  bucket: { copies: 1, public: false },
  model: { source: 'https://models.example.com/resnet.onnx', runtime: 'onnx' },
  job: { source: { image: 'ghcr.io/acme/report:1' }, schedule: '0 3 * * *', timeoutSeconds: 3600 },
  domain: { target: 'www.example.com', records: [] },
};

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: Object.fromEntries(KINDS.map((kind) => [kind, exampleOf(kind)])),
  skips: {},
  async start({ pageSize }) {
    const token = 'sandbox-token-for-tests';
    const cloud = await startCloud({ token, ...(pageSize === undefined ? {} : { pageSize }) });
    cloud.rollout = ROLLOUT.live;
    const named = (name: string) => [...cloud.resources.values()].filter((resource) => resource.name === name);
    return {
      account: {
        options: { endpoint: cloud.url },
        credentials: { SANDBOX_CLOUD_TOKEN: token },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: cloud,
      count: async ({ identity }) => named(identity).length,
      drift: async ({ identity }) => cloud.tamper((named(identity)[0] as StoredResource).id, { replicas: 7 }),
      foreign: async ({ kind, identity: name }) => {
        const settings = OTHERS[kind];
        const content = { labels: { team: 'others' }, replicas: 1, settings, env: {}, files: null };
        const body = JSON.stringify({ kind, name, title: name, region: 'eu', ...content });
        await fetch(`${cloud.url}/v1/resources`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body,
        });
      },
      fate: (fate) => void (cloud.rollout = ROLLOUT[fate]),
      stop: () => cloud.stop(),
    };
  },
};

function exampleOf(kind: Kind): Example {
  const spec = SPEC[kind] ?? { size: 'small' };
  return { spec, changed: { ...spec, plan: 'larger' } };
}
