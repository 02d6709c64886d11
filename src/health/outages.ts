import type { HealthState, InstanceHealth, ProbeTarget } from '../model/health.ts';
import type { IncidentSubject } from '../model/incident.ts';
import type { Address, Position } from '../model/resource.ts';

/** What the graph says of a resource or an account. */
export interface Fact {
  dependsOn: readonly Address[];
  position?: Position;
}
export type Facts = ReadonlyMap<IncidentSubject, Fact>;

/** An instance as it is watched; `health` is undefined until it was first probed. */
export interface Watched {
  target: ProbeTarget;
  health: InstanceHealth | undefined;
}

/** One out of health: down, or flapping. */
export interface Sick extends Watched {
  health: InstanceHealth;
}

/** Who is out of health, and because of whom. Heartbeats are no part of this: a job that did not run takes nothing down. */
export class Outages {
  /** By resource. */
  readonly watched = new Map<Address, Watched[]>();
  readonly sick = new Map<Address, Sick[]>();
  readonly byAccount = new Map<string, Watched[]>();
  readonly #facts: Facts;
  readonly #known = new Map<Address, readonly Address[]>();
  readonly #roots = new Map<Address, readonly Address[]>();
  readonly #reasons = new Map<Address, boolean>();

  constructor(health: HealthState, targets: readonly ProbeTarget[], facts: Facts) {
    this.#facts = facts;
    const probed = targets.filter(({ check }) => check.kind !== 'heartbeat');
    const isLeft = ({ resource, provider }: ProbeTarget) =>
      health.avoid[resource]?.some((avoided) => avoided.provider === provider) ?? false;
    const settled = new Set(probed.filter((target) => !isLeft(target)).map(({ resource }) => resource));
    for (const target of probed.toSorted((a, b) => (a.instance < b.instance ? -1 : 1))) {
      const one = { target, health: health.instances[target.instance] };
      push(this.byAccount, target.provider, one);
      // What a move left behind tells of the provider, no longer of the resource.
      if (isLeft(target) && settled.has(target.resource)) continue;
      push(this.watched, target.resource, one);
      if (isSick(one)) push(this.sick, target.resource, one);
    }
  }

  /** Resources out of health that it depends on, directly or not, and that have no such reason themselves: they explain it. */
  roots(resource: Address): readonly Address[] {
    let roots = this.#roots.get(resource);
    if (!roots) {
      roots = this.#needed(resource).filter((needed) => this.sick.has(needed) && !this.#hasReason(needed));
      this.#roots.set(resource, roots);
    }
    return roots;
  }

  /** Something it depends on has begun to fail: the next runs show whether that explains it. */
  awaitsRoot(resource: Address): boolean {
    return this.#needed(resource).some((needed) =>
      this.watched.get(needed)?.some(({ health }) => health?.status === 'suspect'),
    );
  }

  /** Since when all its instances are well, for good; `gone` when it is not watched any more. ISO 8601. */
  wellSince(resource: Address): string | 'gone' | undefined {
    const watched = this.watched.get(resource);
    if (watched === undefined) return 'gone';
    let latest = '';
    for (const { target, health } of watched) {
      if (health?.status !== 'up' || health.successes < target.recoverAfter) return undefined;
      if (health.since > latest) latest = health.since;
    }
    return latest;
  }

  /** Those out of health that depend on it, directly or not. */
  followers(resource: Address): Address[] {
    return [...this.sick.keys()].filter((one) => this.#needed(one).includes(resource));
  }

  #hasReason(resource: Address): boolean {
    let reason = this.#reasons.get(resource);
    if (reason === undefined) {
      reason = this.#needed(resource).some((needed) => this.sick.has(needed));
      this.#reasons.set(resource, reason);
    }
    return reason;
  }

  #needed(resource: Address): readonly Address[] {
    const known = this.#known.get(resource);
    if (known) return known;
    const found = new Set<Address>();
    const open = [resource];
    for (let next = open.pop(); next !== undefined; next = open.pop())
      for (const needed of this.#facts.get(next)?.dependsOn ?? [])
        if (needed !== resource && !found.has(needed)) {
          found.add(needed);
          open.push(needed);
        }
    const needed = [...found].toSorted();
    this.#known.set(resource, needed);
    return needed;
  }
}

export function isSick(watched: Watched): watched is Sick {
  return watched.health?.status === 'down' || watched.health?.status === 'flapping';
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
