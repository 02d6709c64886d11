import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, OFFICIAL, type RenderReader, type RenderWriter } from './api.ts';
import { service, site } from './handler.ts';
import { limits } from './limits.ts';
import { refuses } from './refuses.ts';
import { REGIONS } from './regions.ts';

const PLANS = 'free starter starter_plus standard standard_plus pro pro_plus pro_max pro_ultra'.split(' ');

export const provider: Provider<RenderReader, RenderWriter> = {
  type: 'render',
  title: 'Render',
  about: 'Runs services from images or from GitHub, and builds and serves sites from GitHub.',
  credentials: [
    { variable: 'RENDER_API_KEY', about: 'an API key: Account Settings, API Keys in the dashboard', required: true },
  ],
  options: {
    workspace: {
      about: 'name or id of the workspace; needed when the key reaches several',
      check: (value) => (typeof value === 'string' && value !== '' ? undefined : 'expected the name of a workspace'),
    },
    plan: {
      about: 'instance type of services; default free',
      check: (value) => (PLANS.includes(value as string) ? undefined : `expected one of: ${PLANS.join(', ')}`),
    },
    repository: {
      about: 'owner/name on GitHub of what is built from a folder',
      check: (value) =>
        typeof value === 'string' && /^[\w.-]+\/[\w.-]+$/.test(value) ? undefined : 'expected owner/name as on GitHub',
    },
    endpoint: endpointOption(OFFICIAL),
  },
  kinds: {
    service: { supported: true, regions: REGIONS },
    site: { supported: true },
    database: { supported: false, because: 'Render has Postgres, which is not offered here yet' },
    bucket: { supported: false, because: 'Render has no object storage' },
    model: { supported: false, because: 'Render has no GPUs' },
    job: { supported: false, because: 'its cron jobs are not offered here yet; they cannot be pinned to a commit' },
    domain: { supported: false, because: 'domains of its services are not offered here yet; it holds no DNS zones' },
  },
  refuses,
  // It says itself that this delays a request by 50 seconds or more.
  wakes: { plans: ['free'], seconds: 90 },
  concurrency: 4,
  limits,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { service, site },
};
