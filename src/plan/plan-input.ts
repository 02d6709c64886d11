import type { Assignment, DesiredResource, Graph, Placement } from '../model/graph.ts';
import type { Observation, Observed } from '../model/observation.ts';
import type { Change, GuardName, Notice } from '../model/plan.ts';
import type { QuotaOutlook } from '../model/quota-outlook.ts';
import type { Renewal } from '../model/renewal.ts';
import type { Resolved } from '../model/resolve.ts';
import type { Address } from '../model/resource.ts';
import type { RecordedState, Restore } from '../model/state.ts';

/** All that a plan is made from. */
export interface PlanInput {
  graph: Graph;
  commit: string | null;
  placement: Placement;
  /** How near that comes to the limits of the accounts. */
  outlook?: QuotaOutlook;
  observation: Observation;
  recorded: RecordedState;
  /** What shall be of the secrets that the fleet issues itself. */
  renewals: readonly Renewal[];
  /** A handler's own comparison of what exists with what is wanted. */
  drift: Drift;
  /** Resources to deploy again although nothing changed. */
  redeploy: ReadonlySet<Address>;
  /** Nothing but these is touched, and what depends on them; everything when absent. */
  only?: ReadonlySet<Address> | undefined;
  /** Guards lifted by name. */
  allow: Allow;
  /** True when everything is to go: then only protected resources stand in the way. */
  destroy: boolean;
  /** Put one resource back to an earlier deployment and do nothing else. */
  restore: Restore | undefined;
  /** The hash that was approved; a plan that differs is blocked. */
  expected?: string | undefined;
  warnings: Notice[];
}

/** A handler's own comparison of what exists with what is wanted, apart from what the hash covers. */
export type Drift = (
  resource: DesiredResource,
  assignment: Assignment,
  resolved: Resolved,
  observed: Observed,
) => Change[];

/** Lifted guards: for the whole plan, or for named resources only. */
export type Allow = ReadonlyMap<GuardName, 'all' | ReadonlySet<Address>>;
