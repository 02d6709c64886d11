import type { Clock } from '../model/clock.ts';
import type { Graph, Placement } from '../model/graph.ts';
import type { Observation } from '../model/observation.ts';
import type { OnProgress } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { Recorder } from '../model/recorder.ts';
import { OUTPUTS, parseAddress, type Address } from '../model/resource.ts';
import type { RecordedState, Restore } from '../model/state.ts';
import type { Connections } from '../provider-kit/connection.ts';
import type { SourceFolders } from '../model/source.ts';

export interface ApplyInput {
  plan: Plan;
  graph: Graph;
  placement: Placement;
  recorded: RecordedState;
  observation: Observation;
  connections: Connections;
  recorder: Recorder;
  secret(name: string): string | undefined;
  sources: SourceFolders;
  /** The deployment that a rollback puts back, instead of what the config says. */
  restore: Restore | undefined;
  /** Every output known in this process, secret ones included; filled while steps succeed. Never leaves the process. */
  outputs: Map<Address, Record<string, string>>;
  clock: Clock;
  signal: AbortSignal;
  onProgress: OnProgress;
}

/** Outputs that may be recorded and shown. */
export function publicOutputs(address: Address, outputs: Record<string, string>): Record<string, string> {
  const kind = parseAddress(address)?.kind;
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => kind && OUTPUTS[kind][name]?.secret === false));
}
