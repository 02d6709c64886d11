import type { Provider } from '../../provider-kit/provider.ts';
import { type LocalReader, localReader, type LocalWriter, localWriter } from './client.ts';
import { refuses } from './refuses.ts';
import { service } from './service.ts';
import { site } from './site.ts';

/** This machine: the default, which needs no account. */
export const provider: Provider<LocalReader, LocalWriter> = {
  type: 'local',
  title: 'This machine',
  about: 'Runs services as supervised processes and serves sites on this machine, with no account.',
  credentials: [],
  options: {},
  kinds: {
    service: { supported: true },
    site: { supported: true },
    job: { supported: false, because: 'it keeps no clock of its own; use the scheduler of the machine' },
    database: { supported: false, because: 'it runs what the repository holds, and a database engine is not in it' },
    bucket: { supported: false, because: 'it has no object store' },
    model: { supported: false, because: 'it has no inference server' },
    domain: { supported: false, because: 'it serves on loopback only, where no public name leads' },
  },
  caution: ({ hostedRunner }) =>
    hostedRunner ? 'this runner is GitHub’s and is gone when the job ends, and all that runs on it' : undefined,
  refuses,
  addresses: 'private',
  concurrency: 8,
  reader: localReader,
  writer: localWriter,
  handlers: { service, site },
};
