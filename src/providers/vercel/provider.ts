import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, ENDPOINT, type VercelReader, type VercelWriter } from './api.ts';
import { limits } from './limits.ts';
import { renewal } from './renewal.ts';
import { site } from './site.ts';

export const provider: Provider<VercelReader, VercelWriter> = {
  type: 'vercel',
  title: 'Vercel',
  about: 'Static sites behind a CDN; the files are built by Flotilla and only changed ones are sent.',
  credentials: [
    {
      variable: 'VERCEL_TOKEN',
      about: 'a token (Account settings > Tokens) for the team, or the account',
      required: true,
    },
  ],
  options: {
    team: {
      about: 'slug or id of the team; the account of the token when left out',
      check: (value) =>
        typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(value)
          ? undefined
          : 'expected the slug of a team, or its id that starts with team_',
    },
    endpoint: endpointOption(ENDPOINT),
  },
  kinds: {
    site: { supported: true },
    service: { supported: false, because: 'it runs functions for each request, no process that listens' },
    job: { supported: false, because: 'it calls functions of a site at times that the site names, no command' },
    database: { supported: false, because: 'its databases are those of its partners: use their providers' },
    bucket: { supported: false, because: 'its blobs do not speak S3' },
    model: { supported: false, because: 'it has no inference server' },
    domain: { supported: false, because: 'records of its DNS are not managed here: name domains in the site' },
  },
  concurrency: 4,
  limits,
  renewal,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { site },
};
