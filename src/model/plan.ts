import type { Position, Address, Json } from './resource.ts';
import type { Failure } from './errors.ts';
import type { Forecast } from './quota-outlook.ts';
import type { Assignment, InstanceId } from './graph.ts';
import type { GuardName } from './guard.ts';

export const PLAN_FORMAT = 1;

export type Action = 'create' | 'update' | 'replace' | 'move' | 'adopt' | 'delete';

/** One difference; `from`/`to` absent means not set. Values that are secret or not known yet are shown as their template. */
export interface Change {
  path: string;
  from?: Json;
  to?: Json;
  /** True when the provider can only make it by a new resource. */
  replaces?: boolean;
}

export interface Step {
  /** `service/api@render`; unique in a plan. */
  id: InstanceId;
  resource: Address;
  provider: string;
  action: Action;
  because: string;
  diff: Change[];
  /** Steps that must have succeeded before this one starts. */
  after: InstanceId[];
  /** The old place after a move: seconds that it goes on once the last of `after` has succeeded. */
  graceSeconds?: number;
  /** Where the resource stands in the config; absent for one that left it. */
  position?: Position;
}

export interface Notice {
  message: string;
  position?: Position;
}

/** Something that stops the plan until it is lifted by name. `liftable` false means that only a change of the config helps. */
export interface Block {
  guard: GuardName;
  message: string;
  resources: Address[];
  liftable: boolean;
  /** The exact words that lift it, or what to do. */
  lift: string;
  position?: Position;
}

export interface Unread {
  provider: string;
  failure: Failure;
  resources: Address[];
}

export { GUARDS, type GuardName } from './guard.ts';

/** Pure data: ordered steps from observed to desired. Same inputs, same bytes, same hash. */
export interface Plan {
  format: typeof PLAN_FORMAT;
  fleet: string;
  environment: string;
  /** Commit that the config came from; `null` for an uncommitted work tree. */
  commit: string | null;
  /** What the plan was made from; a plan whose fingerprint moved is refused. */
  fingerprint: string;
  steps: Step[];
  unchanged: number;
  placement: Record<Address, Assignment[]>;
  /** Use against the limits of the accounts, where any are known. */
  forecasts?: Forecast[];
  warnings: Notice[];
  blocks: Block[];
  /** Accounts that could not be asked; what lives there is left alone, and the run does not count as a success. */
  unread: Unread[];
  /** Whether providers were asked (`live`) or only the record (`recorded`: pull requests from forks, the App). */
  basis: 'live' | 'recorded';
  hash: string;
}

/** Steps grouped so that each wave only depends on earlier ones. */
export function waves(steps: Step[]): Step[][] {
  const result: Step[][] = [];
  const { first, ended } = inOrder(steps);
  for (let wave = first; wave.length > 0; wave = wave.flatMap(({ id }) => ended(id))) result.push(wave);
  return result;
}

/** The steps that wait for none, and which become free when one has ended. Each asked once, because chains are as long as the user's. */
export function inOrder(steps: Step[]): { first: Step[]; ended(id: InstanceId): Step[] } {
  const left = new Map(steps.map((step) => [step.id, step.after.length]));
  const waiting = new Map<InstanceId, Step[]>();
  for (const step of steps) for (const id of step.after) (waiting.get(id) ?? waiting.set(id, []).get(id)!).push(step);
  return {
    first: steps.filter(({ after }) => after.length === 0),
    ended: (ended) =>
      (waiting.get(ended) ?? []).filter(({ id }) => {
        left.set(id, (left.get(id) ?? 0) - 1);
        return left.get(id) === 0;
      }),
  };
}
