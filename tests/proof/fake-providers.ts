import { openLocal, type OnProgress, type Ports } from '../../src/index.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Harness, World } from '../../src/provider-kit/conformance.ts';
import type { Account, Provider } from '../../src/provider-kit/provider.ts';
import { harnesses } from '../../src/providers/conformance.gen.ts';
import { fastClock } from './world.ts';

export interface FakeProvider {
  type: string;
  harness: Harness;
  world: World;
}

/** The named providers, each with a world of its own behind it. */
export async function startProviders(types: readonly string[] = Object.keys(harnesses)): Promise<FakeProvider[]> {
  return Promise.all(
    types.map(async (type) => {
      const harness = await harnesses[type]!();
      return { type, harness, world: await harness.start({}) };
    }),
  );
}

/** `providers:` of a config that leads to them. */
export function providersSection(fakes: readonly FakeProvider[]): object {
  return Object.fromEntries(fakes.map(({ type, world }) => [type, world.account.options]));
}

/** Ports of a repository on this machine whose accounts are those worlds. */
export async function portsOf(
  root: string,
  fakes: readonly FakeProvider[],
  onProgress: OnProgress = () => {},
  clock: Clock = fastClock(),
): Promise<Ports> {
  const byType = new Map(fakes.map((fake) => [fake.type, fake]));
  const signal = new AbortController().signal;
  const ports = await openLocal(root, { env: {}, home: '/nowhere', signal, clock, onProgress });
  return {
    ...ports,
    account: (name, options) => {
      const { credentials, home } = byType.get(name)!.world.account;
      return { name, options, credentials, home };
    },
    providers: {
      types: ports.providers.types,
      load: async (type) => atItsPace(await ports.providers.load(type), byType.get(type)!.world.account.delay),
    },
  };
}

/** Fakes wait in no time, processes on this machine in real time: each client gets the delay of its world. */
function atItsPace(provider: Provider, delay: Account['delay']): Provider {
  return {
    ...provider,
    reader: (account) => provider.reader({ ...account, delay }),
    writer: (account) => provider.writer({ ...account, delay }),
  };
}
