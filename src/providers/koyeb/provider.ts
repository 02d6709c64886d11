import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, OFFICIAL, type KoyebReader, type KoyebWriter } from './api.ts';
import { limits } from './limits.ts';
import { renewal } from './renewal.ts';
import { refuses } from './refuses.ts';
import { REGIONS } from './regions.ts';
import { service } from './service.ts';
import { usage } from './usage.ts';

const matching = (pattern: RegExp, expected: string) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) ? undefined : `expected ${expected}`;

export const provider: Provider<KoyebReader, KoyebWriter> = {
  type: 'koyeb',
  title: 'Koyeb',
  about: 'Runs services from images or from GitHub.',
  credentials: [
    { variable: 'KOYEB_TOKEN', about: 'an API access token: Settings, API in the control panel', required: true },
  ],
  options: {
    instance: {
      about: 'instance type of services; default free',
      check: matching(/^[a-z0-9-]+$/, 'an instance type such as free, nano or small'),
    },
    repository: {
      about: 'owner/name on GitHub of what is built from a folder',
      check: matching(/^[\w.-]+\/[\w.-]+$/, 'owner/name as on GitHub'),
    },
    branch: {
      about: 'branch that holds the commits which are built; default main',
      check: matching(/^[^\s~^:?*[\\]+$/, 'the name of a branch'),
    },
    endpoint: endpointOption(OFFICIAL),
  },
  kinds: {
    service: { supported: true, regions: REGIONS },
    site: { supported: false, because: 'Koyeb has no hosting of files; a service with a web server can serve them' },
    database: { supported: false, because: 'Koyeb has Postgres, which is not offered here yet' },
    bucket: { supported: false, because: 'Koyeb has no object storage' },
    model: { supported: false, because: 'its instances with GPUs are not offered here yet' },
    job: { supported: false, because: 'Koyeb has no scheduled jobs' },
    domain: { supported: false, because: 'domains of its services are not offered here yet; it holds no DNS zones' },
  },
  refuses,
  concurrency: 4,
  limits,
  renewal,
  usage,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { service },
};
