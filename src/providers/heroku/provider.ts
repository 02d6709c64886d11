import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, OFFICIAL, type HerokuReader, type HerokuWriter } from './api.ts';
import { limits } from './limits.ts';
import { renewal } from './renewal.ts';
import { refuses } from './refuses.ts';
import { service } from './service.ts';

export const provider: Provider<HerokuReader, HerokuWriter> = {
  type: 'heroku',
  title: 'Heroku',
  about: 'Builds services from their folder, with buildpacks or a Dockerfile, and runs them as dynos.',
  credentials: [
    {
      variable: 'HEROKU_API_KEY',
      about: 'a token that does not expire: heroku authorizations:create',
      required: true,
    },
  ],
  options: { endpoint: endpointOption(OFFICIAL) },
  kinds: {
    service: { supported: true, regions: ['us', 'eu'] },
    site: { supported: false, because: 'it serves no files without a process; place it where files are taken' },
    database: { supported: false, because: 'its Postgres belongs to one app and is paid for' },
    bucket: { supported: false, because: 'it has no object store' },
    model: { supported: false, because: 'its inference is a choice of models, not a place for one’s own' },
    job: { supported: false, because: 'its scheduler is an add-on without an API' },
    domain: { supported: false, because: 'it holds no DNS zones' },
  },
  refuses,
  concurrency: 4,
  limits,
  renewal,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { service },
};
