import { tagOf } from '../../model/errors.ts';
import { address, type Kind } from '../../model/resource.ts';
import type { Change } from '../../model/plan.ts';
import { identity, targetOf } from '../../provider-kit/identity.ts';
import type { Desired, Handler, Observed, StepRun, Target } from '../../provider-kit/provider.ts';
import { foreign } from './instance-folder.ts';
import type { LocalReader, LocalWriter } from './client.ts';
import { observed } from './observed.ts';
import { prepareRelease, pruneReleases } from './prepare-release.ts';
import type { Release } from './release.ts';
import type { State } from './state-file.ts';

/** What differs between the kinds that run here. */
export interface Recipe {
  kind: Kind & State['kind'];
  /** Throws UnsupportedError when this machine cannot run it so; before anything is made. */
  check(desired: Desired): void;
  build(desired: Desired): { command: string | undefined; env: Record<string, string> };
  /** What the runner is to run; `dir` holds the files, built. Throws UnsupportedError when they lack something. */
  release(desired: Desired, dir: string): Release;
}

/** A kind of resource whose instances are folders with a runner each. */
export function instanceHandler(
  recipe: Recipe,
): Required<Omit<Handler<LocalReader, LocalWriter>, 'survey' | 'adopt' | 'adopting'>> {
  const { kind } = recipe;

  async function ensure(writer: LocalWriter, desired: Desired, run: StepRun): Promise<Observed> {
    recipe.check(desired);
    return writer.locked(desired, run, async () => {
      const existing = await own(writer, desired);
      const before = existing && (await read(writer, desired));
      if (before?.phase === 'live' && before.hash === desired.hash) return before;
      const state = existing ?? (await writer.create(desired));
      try {
        const build = { ...recipe.build(desired), restored: before?.phase === 'live', delay: writer.delay };
        const dir = await prepareRelease(writer.folder(desired), state, desired, build, run);
        await writer.apply(desired, state, recipe.release(desired, dir), run);
      } catch (error) {
        // Nothing has run yet, so nothing is worth keeping; after a failed deploy, the logs are.
        if (!existing && tagOf(error) === 'unsupported') await writer.remove(desired);
        if (tagOf(error) === 'deploy') await settled(writer, desired);
        throw error;
      }
      return settled(writer, desired);
    });
  }

  return {
    async list(reader, { fleet, environment, identities }) {
      const found = reader.names({ fleet, environment, kind }).map(async (name) => {
        const target = targetOf(fleet, environment, address(kind, name));
        const seen = await read(reader, target).catch(() => observed(target, { state: undefined, status: undefined }));
        const ours = seen?.owner?.fleet === fleet && seen.owner.environment === environment;
        return seen && (ours || identities.has(identity(fleet, environment, target.address))) ? [seen] : [];
      });
      return (await Promise.all(found)).flat();
    },
    read,
    diff,
    ensure,
    remove: (writer, target, run) => writer.locked(target, run, () => writer.remove(target)),
    rollback: (writer, target, deployment, run) =>
      writer.locked(target, run, async () => {
        const state = await own(writer, target);
        const release = state?.releases.find(({ hash }) => hash === deployment);
        if (!state || !release) return undefined;
        await writer.apply(target, state, release, run);
        return settled(writer, target);
      }),
    async logs(reader, target, { lines }) {
      return reader.logs(target, lines);
    },
    noImport: 'what runs on this machine was started by Flotilla, and nothing else can be taken over',
  };
}

/** Drift here is that what should run does not. What starts again by itself is left alone. */
function diff(_desired: Desired, { phase }: Observed): Change[] {
  if (phase === 'live' || phase === 'releasing') return [];
  return [{ path: 'status', from: phase === 'failed' ? 'stopped' : phase, to: 'live' }];
}

/** The instance's state; a foreign folder in its place is refused. */
async function own(writer: LocalWriter, target: Target): Promise<State | undefined> {
  const sight = await writer.look(target);
  if (!sight) return undefined;
  const { state } = sight;
  if (state?.fleet === target.fleet && state.environment === target.environment && state.name === target.name)
    return state;
  throw foreign(writer.folder(target), target.address);
}

/** After a change: old releases go, and what is there now is the answer. */
async function settled(writer: LocalWriter, target: Target): Promise<Observed> {
  const sight = await writer.look(target);
  if (!sight?.state) throw new Error(`${target.address} vanished while it was made`);
  await pruneReleases(
    writer.folder(target),
    sight.state.releases.map(({ hash }) => hash),
  );
  return observed(target, sight);
}

async function read(reader: LocalReader, target: Target): Promise<Observed | undefined> {
  const sight = await reader.look(target);
  return sight && observed(target, sight);
}
