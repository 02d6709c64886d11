import type { Assignment } from '../model/graph.ts';
import type { GuardName } from '../model/guard.ts';
import type { Notice } from '../model/plan.ts';
import type { Denial, PersonFacts, PolicyConfig, Right } from '../model/policy.ts';
import type { Position } from '../model/resource.ts';

/** Everything that a decision goes by. */
export interface Question {
  policy: PolicyConfig;
  /** Where a dotted path stands. */
  position(path: string): Position;
  environment: string;
  right: Right;
  /** Who asks: a person, or the fleet's own schedule; `unknown` where nobody can tell who people are on GitHub; `anyone` where it does not matter. */
  actor: PersonFacts | 'schedule' | 'unknown' | 'anyone';
  /** Logins that had a hand in it, and whose approval is no second opinion. */
  involved: readonly string[];
  now: Date;
  /** Guards that are to be lifted. */
  lifts: readonly GuardName[];
  /** Those who approved this very plan. */
  approvers: readonly PersonFacts[];
  /** Whole hash of the plan, where there is one. */
  plan?: string | undefined;
  /** Whether this comes to nothing: then nobody has to approve it. */
  isEmpty: boolean;
  placement: Readonly<Record<string, readonly Assignment[]>>;
  accounts: Readonly<Record<string, AccountFacts>>;
}

export interface Verdict {
  denials: Denial[];
  warnings: Notice[];
  /** Paths of the rules that it was held against. */
  rules: string[];
}

/** What is known of a provider account. */
export interface AccountFacts {
  /** The provider's type. */
  type: string;
  /** The plan that the account is on. */
  plan: string;
  /** Whether the provider is known to have a free tier. */
  isFreeKnown: boolean;
}
