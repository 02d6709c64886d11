import { digest } from '../../src/model/canonical.ts';
import type { Kind } from '../../src/model/resource.ts';
import type { Example, Harness, World } from '../../src/provider-kit/conformance.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Desired, Handler, StepRun } from '../../src/provider-kit/provider.ts';
import type { Whose } from '../conformance/setting.ts';
import { folderOf } from '../conformance/source-folder.ts';
import type { LiveAccount } from './live-accounts.ts';

/** The provider's harness with a real account as its world, for one kind under one name. */
export function liveHarness({ harness, account }: LiveAccount, kind: Kind, example: Example, whose: Whose): Harness {
  const { provider } = harness;
  const signal = new AbortController().signal;
  const own = { name: provider.type, signal, ...account };
  const [reader, writer] = [provider.reader(own), provider.writer(own)];
  const handler = provider.handlers[kind] as Handler;
  const run: StepRun = { signal, progress: () => {} };
  const mine = targetOf(whose.fleet, whose.environment, `${kind}/main${whose.suffix}`);
  const desired = (spec: Example['spec']): Desired => ({
    ...mine,
    identity: mine.identity,
    spec,
    hash: digest(example.spec),
    replicas: 1,
    commit: whose.commit,
    ...(example.files ? { source: folderOf(example.files) } : {}),
  });
  const world: World = {
    live: true,
    account,
    count: async (target) => ((await handler.read(reader, target)) ? 1 : 0),
    // Made differently under the mark that says it is as it was.
    drift: async () => void (await handler.ensure(writer, desired(example.changed), run)),
    foreign: async () => void (await handler.ensure(writer, desired(example.spec), run)),
    stop: () => handler.remove(writer, mine, run),
  };
  return { ...harness, examples: { [kind]: example }, start: async () => world };
}
