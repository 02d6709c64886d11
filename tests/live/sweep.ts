import type { Address } from '../../src/model/resource.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Handler } from '../../src/provider-kit/provider.ts';
import type { LiveAccount } from './live-accounts.ts';
import { LIVE_KINDS } from './live-examples.ts';
import { ageOf, ENVIRONMENT, FLEET } from './live-names.ts';

/** Minutes after which nothing can belong to a run that still goes: longer than the workflow's timeout. */
const DEAD = 180;

/** Removes what earlier live runs left at an account, found by mark and told by age. Gives what was removed. */
export async function sweep({ harness: { provider }, account }: LiveAccount, now: Date): Promise<Address[]> {
  const signal = new AbortController().signal;
  const own = { name: provider.type, signal, ...account };
  const [reader, writer] = [provider.reader(own), provider.writer(own)];
  const removed: Address[] = [];
  for (const kind of LIVE_KINDS) {
    const handler = provider.handlers[kind] as Handler | undefined;
    if (!handler) continue;
    const found = await handler.list(reader, { fleet: FLEET, environment: ENVIRONMENT, identities: new Map() });
    for (const { address, owner } of found) {
      if (owner?.fleet !== FLEET || (ageOf(address, now) ?? 0) < DEAD) continue;
      await handler.remove(writer, targetOf(FLEET, ENVIRONMENT, address), { signal, progress: () => {} });
      removed.push(address);
    }
  }
  return removed;
}
