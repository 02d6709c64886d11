import type { Json } from '../../../index.ts';
import type { Leftover, Placed } from './converted.ts';

const REFERENCE = /(\$?)\$\{([a-z]+)\.([\w-]+)\.\w+\}/g;

/** Takes out variables that name a resource which is not there, or that would make resources wait for each other. */
export function dropReferences(drafts: readonly Placed[]): Leftover[] {
  const known = new Map(drafts.map((draft) => [`${draft.kind}/${draft.name}`, draft]));
  const kept = new Map<Placed, Set<Placed>>();
  return drafts.flatMap((draft) => {
    const env = (draft.body['env'] ?? {}) as Record<string, Json>;
    const targets = kept.set(draft, new Set()).get(draft)!;
    return Object.entries(env).flatMap(([name, value]): Leftover[] => {
      for (const address of addressesIn(String(value))) {
        const target = known.get(address);
        const why = target
          ? reaches(kept, target, draft)
            ? `${address} waits for this one already`
            : undefined
          : `there is no ${address}`;
        if (why !== undefined) {
          delete env[name];
          return [{ file: draft.file, path: draft.from, why: `env.${name}: ${why}` }];
        }
        targets.add(target as Placed);
      }
      return [];
    });
  });
}

function addressesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].filter(([, escaped]) => !escaped).map(([, , kind, name]) => `${kind}/${name}`);
}

/** Whether `from` leads to `to` by what was kept so far. */
function reaches(kept: ReadonlyMap<Placed, ReadonlySet<Placed>>, from: Placed, to: Placed): boolean {
  const seen = new Set<Placed>();
  const open = [from];
  for (let one = open.pop(); one; one = open.pop()) {
    if (one === to) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    open.push(...(kept.get(one) ?? []));
  }
  return false;
}
