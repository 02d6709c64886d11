import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, OFFICIAL, type FlyReader, type FlyWriter } from './api.ts';
import { limits } from './limits.ts';
import { refuses } from './refuses.ts';
import { REGIONS } from './regions.ts';
import { service } from './service.ts';

export const provider: Provider<FlyReader, FlyWriter> = {
  type: 'fly',
  title: 'Fly.io',
  about: 'Runs images as small virtual machines, close to their users.',
  credentials: [
    {
      variable: 'FLY_API_TOKEN',
      about: 'a token of the organization: fly tokens create org, or Tokens in the dashboard',
      required: true,
    },
  ],
  options: {
    organization: {
      about: 'slug of the organization that holds the apps; default personal',
      check: (value) =>
        typeof value === 'string' && /^[a-z0-9][a-z0-9-]*$/.test(value)
          ? undefined
          : 'expected the slug of an organization, as in the address of its dashboard',
    },
    endpoint: endpointOption(OFFICIAL),
  },
  kinds: {
    service: { supported: true, regions: REGIONS, onlyImages: true },
    site: { supported: false, because: 'it runs images, and files alone are none; place it where files are taken' },
    database: { supported: false, because: 'its managed Postgres is not part of the Machines API' },
    bucket: { supported: false, because: 'its buckets are another company’s, made through another API' },
    model: { supported: false, because: 'its machines with GPUs are no longer offered to new accounts' },
    job: { supported: false, because: 'its machines know no times, only hourly, daily, weekly and monthly' },
    domain: { supported: false, because: 'certificates are not part of the Machines API and it holds no DNS zones' },
  },
  refuses,
  concurrency: 4,
  limits,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { service },
};
