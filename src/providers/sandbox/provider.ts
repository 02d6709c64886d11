import { KINDS, OUTPUTS } from '../../model/resource.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { checkEndpoint, connect, type CloudReader, type CloudWriter } from './api.ts';
import { createHandler, DEFAULT_REGION } from './handler.ts';

/** By kind, those that have any. */
const SECRETS = Object.fromEntries(
  KINDS.map((kind) => [kind, Object.keys(OUTPUTS[kind]).filter((name) => OUTPUTS[kind][name]?.secret)]),
);

const regions = [DEFAULT_REGION, 'us'];

export const provider: Provider<CloudReader, CloudWriter> = {
  type: 'sandbox',
  title: 'Sandbox',
  about: 'A pretend cloud on this machine, to try things out and to see how a provider is written.',
  credentials: [
    {
      variable: 'SANDBOX_CLOUD_TOKEN',
      about: 'the token that the pretend cloud was started with, if any',
      required: false,
    },
  ],
  options: {
    endpoint: { about: 'URL of the pretend cloud, on this machine', check: checkEndpoint },
    secrets: {
      about: '`once`: passwords and keys are told when they are made and never again, as at many clouds',
      check: (value) => (value === 'once' || value === 'always' ? undefined : 'expected once or always'),
    },
  },
  toldOnce: ({ secrets }) => (secrets === 'once' ? SECRETS : {}),
  kinds: Object.fromEntries(KINDS.map((kind) => [kind, { supported: true, regions }])),
  addresses: 'private',
  concurrency: 16,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: Object.fromEntries(KINDS.map((kind) => [kind, createHandler(kind)])),
};
