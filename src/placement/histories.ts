import type { Graph } from '../model/graph.ts';
import type { Offer } from '../model/offer.ts';
import type { RecordedState } from '../model/state.ts';
import { stated } from './needs.ts';
import type { Ledger } from './ledger.ts';

/** How many instances an account holds by the record, and how many of them failed last. */
export interface History {
  instances: number;
  failed: number;
}

interface Remembered {
  graph: Graph;
  offers: readonly Offer[];
  recorded: Pick<RecordedState, 'resources'>;
  /** `2026-11`. */
  month: string;
}

/** What the record says of each account; what was built there this month is charged to the ledger. */
export function historiesOf({ graph, offers, recorded, month }: Remembered, ledger: Ledger): History[] {
  const histories = offers.map((): History => ({ instances: 0, failed: 0 }));
  if (offers.length < 2 && ledger.dimensions.length === 0) return histories;
  const indexes = new Map(offers.map(({ account }, index) => [account, index]));
  const builds = ledger.dimensions.some(({ measure }) => measure === 'builds');
  const kinds = builds ? new Map(graph.resources.map(({ address, kind }) => [address, kind])) : new Map();
  for (const [address, { instances }] of recorded.resources)
    for (const account in instances) {
      const index = indexes.get(account);
      const instance = instances[account];
      if (index === undefined || !instance) continue;
      const history = histories[index] as History;
      history.instances++;
      if (instance.error !== undefined || instance.phase === 'failed') history.failed++;
      const kind = kinds.get(address);
      if (!kind) continue;
      const built = instance.deployments.filter(({ at }) => at.startsWith(month)).length;
      const once = ledger.needs(kind, instance.replicas, stated(instance.spec), true);
      ledger.charge(
        index,
        ledger.dimensions.map(({ measure }, at) => (measure === 'builds' ? built * (once[at] as number) : 0)),
      );
    }
  return histories;
}
