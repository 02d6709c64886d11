import type { GuardName } from './guard.ts';
import type { Plan } from './plan.ts';
import type { Permission, Right } from './policy.ts';

export const POLICY_INPUT_FORMAT = 1;

/** What a policy in Rego is given as `input`. */
export interface PolicyInput {
  format: typeof POLICY_INPUT_FORMAT;
  /** What is to be done. Importing, and letting a resource return, count as `apply`. */
  purpose: Right;
  environment: string;
  /** The moment of the decision, ISO 8601 UTC. */
  time: string;
  /**
   * Who asks: a `person`; the fleet's own `schedule`; `unknown` on a machine that does not know people on GitHub; `anyone` for a
   * plan from the record, which is for whoever may read.
   */
  actor: ({ kind: 'person' } & PolicyPerson) | { kind: 'schedule' | 'unknown' | 'anyone' };
  /** Who approved this very plan. */
  approvals: PolicyPerson[];
  /** Guards that are to be lifted. */
  lifts: GuardName[];
  /** As `flotilla plan --json` prints it, without what policy has to say; null for what is done without a plan: `unlock`. */
  plan: Plan | null;
}

export interface PolicyPerson {
  login: string;
  /** On the repository, where the rule asks for it. */
  permission?: Permission;
  /** Of each `organization/team` that the rule asks for, whether they are in it. */
  teams: Record<string, boolean>;
}
