import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, ENDPOINT, type NetlifyReader, type NetlifyWriter } from './api.ts';
import { limits } from './limits.ts';
import { site } from './site.ts';
import { usage } from './usage.ts';

const FILES = 'it serves files, and functions of its own form beside them';

export const provider: Provider<NetlifyReader, NetlifyWriter> = {
  type: 'netlify',
  title: 'Netlify',
  about: 'Static sites behind a CDN; the files are built by Flotilla and only changed ones are sent.',
  credentials: [
    {
      variable: 'NETLIFY_AUTH_TOKEN',
      about: 'a personal access token (User settings > Applications)',
      required: true,
    },
  ],
  options: {
    team: {
      about: 'slug of the team, as in app.netlify.com/teams/<slug>; needed when the token belongs to several',
      check: (value) =>
        typeof value === 'string' && /^[a-z0-9][a-z0-9_-]*$/i.test(value) ? undefined : 'expected the slug of a team',
    },
    endpoint: endpointOption(ENDPOINT),
  },
  kinds: {
    site: { supported: true },
    service: { supported: false, because: `${FILES}; it runs no server` },
    job: { supported: false, because: 'it has scheduled functions of its own form only' },
    database: { supported: false, because: 'its databases are those of Neon: use that provider' },
    bucket: { supported: false, because: 'its blobs do not speak S3' },
    model: { supported: false, because: 'it has no inference server' },
    domain: {
      supported: false,
      because: 'its DNS cannot change a record, only remove and add it: name domains in the site',
    },
  },
  concurrency: 4,
  limits,
  usage,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { site },
};
