import type { Position } from './resource.ts';
import type { GuardName } from './guard.ts';

/** What somebody may be allowed to do in an environment. `import` and `return` go by the rule for `apply`. */
export const RIGHTS = ['plan', 'apply', 'rollback', 'destroy', 'unlock', 'heal'] as const;
export type Right = (typeof RIGHTS)[number];

/** `user:ada`, `team:acme/ops`, or `permission:write`: that permission on the repository, or a higher one. */
export type Term = string;

/** What is given must hold; nothing given: everybody. An empty `anyOf`: nobody. */
export interface Who {
  anyOf?: Term[];
  allOf?: Term[];
}

/** `policy:` of the config: rules by environment, `*` for what an environment does not say itself. */
export type PolicyConfig = Record<string, PolicyRules>;

export interface PolicyRules {
  rights: Partial<Record<Right, Who>>;
  approvals?: ApprovalRule;
  freeze?: Freeze[];
  /** Types of providers that something may run at. */
  providers?: string[];
  regions?: string[];
  /** Plans of provider accounts. */
  plans?: string[];
  spending?: Spending;
  /** Who may lift a guard, by its name; for one that is not here, whoever may apply. */
  guards?: Partial<Record<GuardName, Who>>;
  /** Policies that are written in Rego. */
  opa?: OpaRule[];
}

/** A policy of Open Policy Agent, compiled to WebAssembly. */
export interface OpaRule {
  /** Path of what `opa build` wrote, in the folder of the config. */
  bundle: string;
  /** As `opa build --entrypoint` was given it: `flotilla/deny`. */
  entrypoint: string;
  /** What it is told of people besides their names: `permission`, `team:acme/ops`. */
  facts: string[];
}

/** What has to be approved before it is done. */
export interface ApprovalRule {
  /** Whose approvals count; absent: everybody's who may write to the repository. */
  anyOf?: Term[];
  /** One approval is needed of each of these. */
  allOf?: Term[];
  /** How many people, at least. */
  count: number;
  /** Whether the one who sets it off, or made the commit, counts. */
  self: boolean;
  for: Right[];
}

/** A time in which nothing new goes out: while everything that is given holds. */
export interface Freeze {
  /** ISO 8601 UTC. */
  from?: string;
  to?: string;
  /** The days on which it begins, where `hours` pass midnight. */
  days?: Day[];
  /** Minutes of the day; the end may be before the beginning: the next morning. */
  hours?: { from: number; to: number };
  /** IANA time zone of days and hours. */
  zone: string;
  reason: string;
}

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Day = (typeof DAYS)[number];

export interface Money {
  amount: number;
  /** ISO 4217, `USD`. */
  currency: string;
}

/** The most that the accounts in use may cost a month. */
export interface Spending {
  month: Money;
  /** What accounts cost a month, as their owner says, by account. */
  prices: Record<string, Money>;
}

export type Permission = 'admin' | 'maintain' | 'write' | 'read' | 'none';

/** What was found out about one person, as far as a rule asked for it. */
export interface PersonFacts {
  login: string;
  permission?: Permission;
  /** By `organization/team`; text: why it could not be read. */
  teams: Readonly<Record<string, boolean | string>>;
}

/** Somebody approved a plan; recorded with the environment. */
export interface Approval {
  /** The whole hash. */
  plan: string;
  actor: string;
  /** ISO 8601 UTC. */
  at: string;
}

/** A rule that forbids it. */
export interface Denial {
  /** `policy.production.apply`. */
  rule: string;
  position: Position;
  message: string;
  /** What would help. */
  mend: string;
}
