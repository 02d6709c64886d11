import type { Offer } from '../model/offer.ts';
import type { Ledger } from './ledger.ts';
import type { Part } from './part.ts';
import { preference } from './preference.ts';
import type { Puzzle } from './puzzle.ts';
import type { Judge } from './score.ts';
import { solve } from './solve.ts';

interface Market {
  offers: readonly Offer[];
  ledger: Ledger;
  judge: Judge;
}

/** Less than the smallest difference of two scores. */
const TIE = 1e-8;
/** What staying is worth to one that would only be moved for others: more than any score. */
const STAYS = 2;

/** Gives every part without a place the best that there is. Returns those for which none has room: they get the best that has none. */
export function findPlaces(parts: Part[], market: Market): Part[] {
  const { ledger } = market;
  const newcomers = parts.filter(({ at }) => at < 0);
  if (newcomers.length === 0) return [];
  const siblings = parts.filter(({ of }) => of > 1);
  settle(newcomers, solve(pose(newcomers, siblings, market)), ledger);
  if (newcomers.some(({ at }) => at < 0)) moveOthers(parts, newcomers, siblings, market);
  for (const part of newcomers) if (part.at < 0) join(part, parts, ledger);
  const lacking = newcomers.filter((part) => part.at < 0 && parts.includes(part));
  for (const part of lacking) {
    part.at = fallback(part, market);
    ledger.charge(part.at, part.needs);
  }
  return lacking;
}

/** The puzzle of giving these parts places in what room is left. */
export function pose(parts: readonly Part[], siblings: readonly Part[], { offers, ledger, judge }: Market): Puzzle {
  const places = offers.length;
  const dimensions = ledger.dimensions.length;
  const score = new Float64Array(parts.length * places).fill(-Infinity);
  const need = new Float64Array(parts.length * dimensions);
  const group = new Int32Array(parts.length).fill(-1);
  const groups = new Map<string, number>();
  parts.forEach((part, item) => {
    const { resource, able, needs, of, held } = part;
    const prefers = preference(resource, able, offers);
    for (const place of able)
      score[item * places + place] =
        judge.total(place, resource.kind, needs) + TIE * prefers(place) + (place === held ? STAYS : 0);
    for (let index = 0; index < dimensions; index++) need[item * dimensions + index] = needs[index] as number;
    if (of < 2) return;
    group[item] = groups.get(resource.address) ?? groups.set(resource.address, groups.size).size - 1;
    for (const other of siblings)
      if (other.resource === resource && other.at >= 0) score[item * places + other.at] = -Infinity;
  });
  return { items: parts.length, places, dimensions, score, need, room: ledger.room(), group };
}

function settle(parts: readonly Part[], at: Int32Array, ledger: Ledger): void {
  parts.forEach((part, item) => {
    part.at = at[item] as number;
    if (part.at >= 0) ledger.charge(part.at, part.needs);
  });
}

/** Tries again with those that could run elsewhere as well; kept only when more have a place by it. */
function moveOthers(parts: readonly Part[], newcomers: readonly Part[], siblings: readonly Part[], market: Market) {
  const { ledger } = market;
  const before = newcomers.map(({ at }) => at);
  const movable = parts.filter(
    ({ at, held, resource, able, of }) => at >= 0 && at === held && of === 1 && able.length > 1 && !resource.protect,
  );
  const all = [...newcomers, ...movable];
  for (const part of all) lift(part, ledger);
  const found = solve(pose(all, siblings, market));
  const homeless = (at: ArrayLike<number>, count: number) =>
    Array.from({ length: count }, (_, item) => at[item]).filter((place) => place === -1).length;
  const helps =
    homeless(found, all.length) < homeless(before, before.length) &&
    movable.every((_, index) => (found[newcomers.length + index] as number) >= 0);
  settle(all, helps ? found : Int32Array.from([...before, ...movable.map(({ held }) => held)]), ledger);
  for (const part of movable) if (part.at !== part.held) part.moved = 'others need the room';
}

function lift(part: Part, ledger: Ledger): void {
  if (part.at >= 0) ledger.charge(part.at, part.needs, -1);
  part.at = -1;
}

/** Replicas that find no account of their own join others of the same resource. */
function join(part: Part, parts: Part[], ledger: Ledger): void {
  const host = parts.find(({ resource, at }) => resource === part.resource && at >= 0 && ledger.fits(at, part.needs));
  if (!host) return;
  ledger.charge(host.at, part.needs);
  host.replicas += part.replicas;
  host.needs = host.needs.map((amount, index) => amount + (part.needs[index] as number));
  parts.splice(parts.indexOf(part), 1);
  for (const other of parts) if (other.resource === part.resource) other.of--;
}

/** Where it is, else what would be best with room. */
function fallback({ resource, able, needs, held }: Part, { offers, judge }: Market): number {
  const prefers = preference(resource, able, offers);
  const worth = (place: number) =>
    judge.total(place, resource.kind, needs) + TIE * prefers(place) + (place === held ? STAYS : 0);
  return able.reduce((best, place) => (worth(place) > worth(best) ? place : best));
}
