import type { Provider } from '../../provider-kit/provider.ts';
import { connect, type EngineReader, type EngineWriter } from './api.ts';
import { checkEngine, DEFAULT_ENGINE } from './engine-address.ts';
import { checkPorts, DEFAULT_PORTS } from './ports.ts';
import { refuses } from './refuses.ts';
import { service } from './service.ts';

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/;

const optional = (variable: string, about: string) => ({ variable, about, required: false });

export const provider: Provider<EngineReader, EngineWriter> = {
  type: 'docker',
  title: 'Docker',
  about: 'Containers on any machine with a Docker Engine or Podman: yours.',
  credentials: [
    optional('DOCKER_HOST', `the engine, where the option does not name one; default ${DEFAULT_ENGINE}`),
    optional('DOCKER_CERT_PATH', 'folder with ca.pem, cert.pem and key.pem for tcp://'),
    optional('DOCKER_CA', 'PEM text of the authority for tcp://, in place of DOCKER_CERT_PATH'),
    optional('DOCKER_CERT', 'PEM text of the client certificate'),
    optional('DOCKER_KEY', 'PEM text of its key'),
    optional('SSH_AUTH_SOCK', 'the ssh agent for ssh://, where keys are not in files'),
    optional('DOCKER_AUTH_CONFIG', 'logins for private images: the text of a `config.json` with `auths`'),
  ],
  options: {
    engine: { about: 'the engine: unix:///path, tcp://host:2376 or ssh://user@host', check: checkEngine },
    host: {
      about: 'host name under which its services are reached; default: the machine of the engine',
      check: (value) => (typeof value === 'string' && HOST.test(value) ? undefined : 'expected a host name or address'),
    },
    ports: { about: `ports that services get on that machine; default ${DEFAULT_PORTS}`, check: checkPorts },
  },
  kinds: {
    service: { supported: true },
    site: { supported: false, because: 'it has no web server of its own; put the files into an image' },
    job: { supported: false, because: 'an engine has no clock; use the scheduler of the machine' },
    database: { supported: false, because: 'a container is no backup: it would be lost with the machine' },
    bucket: { supported: false, because: 'it has no object store' },
    model: { supported: false, because: 'it has no inference server; run one as a service' },
    domain: { supported: false, because: 'it serves on ports, where no name leads' },
  },
  refuses,
  addresses: 'private',
  concurrency: 4,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { service },
};
