import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, OFFICIAL, type RailwayReader, type RailwayWriter } from './api.ts';
import { limits } from './limits.ts';
import { refuses } from './refuses.ts';
import { REGIONS } from './regions.ts';
import { service } from './service.ts';

export const provider: Provider<RailwayReader, RailwayWriter> = {
  type: 'railway',
  title: 'Railway',
  about: 'Runs services from images, or builds them from a GitHub repository.',
  credentials: [
    {
      variable: 'RAILWAY_API_TOKEN',
      about: 'an account or workspace token, from Account Settings, Tokens',
      required: true,
    },
  ],
  options: {
    workspace: {
      about: 'id of the workspace that the projects are in; needed when the token sees several',
      check: (value) =>
        typeof value === 'string' && /^[\w-]+$/.test(value) ? undefined : 'expected the id of a workspace',
    },
    repository: {
      about: 'owner/name of the GitHub repository that services are built from; by default the fleet’s own',
      check: (value) =>
        typeof value === 'string' && /^[\w.-]+\/[\w.-]+$/.test(value) ? undefined : 'expected owner/name',
    },
    endpoint: endpointOption(OFFICIAL),
  },
  kinds: {
    service: { supported: true, regions: REGIONS },
    site: { supported: false, because: 'it serves no files without a process; place it where files are taken' },
    database: {
      supported: false,
      because: 'its databases are services from templates, without backups of their own on Free',
    },
    bucket: { supported: false, because: 'its buckets answer inside a project only' },
    model: { supported: false, because: 'it has no inference server and no GPUs' },
    job: { supported: false, because: 'its schedules belong to services, five minutes apart at least' },
    domain: { supported: false, because: 'it holds no DNS zones' },
  },
  refuses,
  concurrency: 4,
  limits,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { service },
};
