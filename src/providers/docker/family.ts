import { ConflictError } from '../../model/errors.ts';
import type { Target } from '../../provider-kit/provider.ts';
import type { Inspected, Listed } from './engine-shapes.ts';
import { hostPortOf } from './container.ts';
import { isFormer, isOurs, nameOf } from './marks.ts';
import type { ReadSession } from './session.ts';

/** The containers of one resource. */
export interface Family {
  serving: Inspected | undefined;
  candidate: Listed | undefined;
  /** Stopped, newest first. */
  formers: Listed[];
  /** The port that its address has had so far. */
  port: number | undefined;
  /** Ports that the engine has given out. */
  taken: ReadonlySet<number>;
}

/** @throws ConflictError when the name is taken by what we did not make, or ours was renamed. */
export async function familyOf(engine: ReadSession, target: Target): Promise<Family> {
  const all = await engine.containers();
  const named = (name: string) => all.find((container) => nameIn(container) === name);
  const [serving, candidate] = [named(nameOf.serving(target)), named(nameOf.candidate(target))];
  for (const found of [serving, candidate])
    if (found && !isOurs(found.Labels, target))
      throw new ConflictError(
        `${target.address}: a container "${nameIn(found)}" exists already and is not this fleet's`,
        {
          mend: 'rename one of the two, or remove the other by hand',
        },
      );
  const formers = all
    .filter((container) => isOurs(container.Labels, target) && isFormer(nameIn(container), target))
    .toSorted((a, b) => b.Created - a.Created);
  const known = new Set([serving, candidate, ...formers]);
  const stranger = all.find((container) => isOurs(container.Labels, target) && !known.has(container));
  if (stranger)
    throw new ConflictError(
      `${target.address} runs twice: a container "${nameIn(stranger)}" bears its labels as well`,
      {
        mend: `remove it, or name it "${nameOf.serving(target)}" again`,
      },
    );
  const inspected = serving && (await engine.container(serving.Id));
  const before = inspected ?? (formers[0] && (await engine.container(formers[0].Id)));
  return {
    serving: inspected,
    candidate,
    formers,
    port: before && hostPortOf(before),
    taken: new Set(all.flatMap(({ Ports }) => (Ports ?? []).flatMap(({ PublicPort }) => PublicPort ?? []))),
  };
}

/** Without the slash that engines put before it; the first one is its own, others are links. */
export function nameIn({ Names }: Listed): string {
  return (Names?.[0] ?? '').replace(/^\//, '');
}
