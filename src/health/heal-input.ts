import type { Assignment } from '../model/graph.ts';
import type { Avoidance, Heal, HealAction, HealPolicy, HealthState, ProbeTarget } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import type { Facts } from './outages.ts';
import { DAY } from './words.ts';

export interface HealInput {
  health: HealthState;
  targets: readonly ProbeTarget[];
  facts: Facts;
  /** All that are open after this run. */
  open: readonly Incident[];
  /** By resource; one without a policy is never touched. */
  policies: ReadonlyMap<Address, HealPolicy>;
  /** Where each is now. */
  places: ReadonlyMap<Address, readonly Assignment[]>;
  /** Accounts that could run each, the best first; where it is now may be among them. */
  alternatives: ReadonlyMap<Address, readonly string[]>;
  /** How many more resources each account can take; one that is left out has no limit. */
  room?: ReadonlyMap<string, number>;
  /** ISO 8601, of the run: the same however often it is computed. */
  now: string;
}

/** Something to be done, by plan and apply like anything else. */
export interface Decision {
  resource: Address;
  action: HealAction;
  /** Account that it is at. */
  from: string;
  /** Account that it is expected to go to; placement has the last word. */
  to?: string;
  incident: string;
  /** For people, and the incident's timeline. */
  because: string;
  /** Of a move: what keeps placement from putting it back. */
  avoid?: Avoidance;
}

export interface Healing {
  /** In the order in which they are to be carried out: the hardest hit first. */
  decisions: Decision[];
  /** Avoidances that have served their time. */
  lifted: Lifted[];
  /** Why something that could be done is not, for the incident's timeline. */
  notes: { incident: string; text: string }[];
  /** Resources that are still where they must not be: an earlier run decided a move and did not get to carry it out. */
  unfinished: Address[];
}

/** An avoidance that ends. */
export interface Lifted {
  resource: Address;
  provider: string;
  because: string;
}

/** What was done for the resource in the last day; what this very run has recorded already is not earlier. */
export function earlierHeals(heals: readonly Heal[], resource: Address, now: string): Heal[] {
  const from = Date.parse(now) - DAY;
  return heals.filter((heal) => heal.resource === resource && heal.at < now && Date.parse(heal.at) > from);
}

/** Whether its provider has a circuit open or an outage of its own. */
export function isAccountOut(
  { health, open, now }: Pick<HealInput, 'health' | 'open' | 'now'>,
  account: string,
): boolean {
  const breaker = health.breakers[account];
  if (breaker !== undefined && breaker.until > now) return true;
  return open.some(({ kind, subject }) => kind === 'provider' && subject === `provider/${account}`);
}
