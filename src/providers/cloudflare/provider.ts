import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, ENDPOINT, type CloudflareReader, type CloudflareWriter } from './api.ts';
import { domain } from './domain.ts';
import { limits } from './limits.ts';
import { refuses } from './refuses.ts';
import { service } from './service.ts';
import { site } from './site.ts';

export const provider: Provider<CloudflareReader, CloudflareWriter> = {
  type: 'cloudflare',
  title: 'Cloudflare',
  about: 'Static sites and services in JavaScript at the edge (Workers), and DNS records.',
  credentials: [
    {
      variable: 'CLOUDFLARE_API_TOKEN',
      about: 'an API token with Workers Scripts:Edit, and Zone:Read and DNS:Edit for domains',
      required: true,
    },
  ],
  options: {
    account: {
      about: 'id of the account; needed when the token sees several',
      check: (value) =>
        typeof value === 'string' && /^[0-9a-f]{1,32}$/.test(value)
          ? undefined
          : 'expected the id of an account, in hex',
    },
    endpoint: endpointOption(ENDPOINT),
  },
  kinds: {
    site: { supported: true },
    service: { supported: true },
    domain: { supported: true },
    job: { supported: false, because: 'it calls Workers at times, and runs no command' },
    database: { supported: false, because: 'its database speaks neither PostgreSQL nor MySQL' },
    bucket: { supported: false, because: 'keys for its object store cannot be made by an API token' },
    model: { supported: false, because: 'it runs models of its own list only' },
  },
  refuses,
  concurrency: 4,
  limits,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { service, site, domain },
};
