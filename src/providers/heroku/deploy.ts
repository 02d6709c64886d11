import { DeployError, tagOf } from '../../model/errors.ts';
import type { Desired, StepRun, Target } from '../../provider-kit/provider.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import type { HerokuWriter } from './api.ts';
import { changesOf, hashOf, scaleOf, sourceOf } from './app-settings.ts';
import { archiveOf } from './archive.ts';
import { buildPhase, phaseOf, type Progress } from './phase.ts';
import { buildFor, newest, stateOf, type State } from './state.ts';

/**
 * Variables first, because the build sees them, then the build if the source is another. Changing variables is a release
 * by itself, so without a new source that is the whole deployment. What fails is taken back to the last release that
 * worked, code and variables together.
 */
export async function deploy(heroku: HerokuWriter, desired: Desired, before: State, run: StepRun): Promise<State> {
  const { name } = before.app;
  const changes = changesOf(desired, before.vars, before.releases[0]?.version ?? 0);
  let state = before;
  if (Object.keys(changes).length > 0) {
    run.progress('setting config vars');
    state = { ...before, vars: await heroku.changeVars(name, changes) };
  }
  const known = buildFor(state, state.vars);
  const isBuilt = known !== undefined && buildPhase(known) !== 'failed';
  const build = isBuilt ? known : await startBuild(heroku, desired, state, run);
  // The change of the variables was a release: with the code that is there already it is the one to wait for.
  const release = isBuilt && buildPhase(build) === 'live' ? newest(await heroku.releases(name)) : undefined;
  try {
    await untilLive(heroku, desired, name, { build, quantity: 1, ...(release ? { release } : {}) }, run);
    return await scaled(heroku, desired, await stateOf(heroku, before.app), run);
  } catch (error) {
    if (tagOf(error) !== 'deploy') throw error;
    throw await takenBack(heroku, desired, state, build.id, error as DeployError, run);
  }
}

async function startBuild(heroku: HerokuWriter, desired: Desired, { app, vars }: State, run: StepRun) {
  run.progress('packing the source');
  const { bytes, checksum } = await archiveOf(desired, run.signal);
  run.progress(`uploading ${Math.ceil(bytes.length / 1024)} KB`);
  return heroku.startBuild(app.name, bytes, checksum, sourceOf(vars) as string);
}

/** Processes exist once there is code; their number and size follow it. */
async function scaled(heroku: HerokuWriter, desired: Desired, state: State, run: StepRun): Promise<State> {
  const update = scaleOf(desired, state.web);
  if (!update) return state;
  const { app } = state;
  run.progress(`scaling to ${update.quantity}`);
  await heroku.scale(app.name, update);
  const release = newest(state.releases);
  await untilLive(heroku, desired, app.name, { quantity: update.quantity, ...(release ? { release } : {}) }, run);
  return stateOf(heroku, app);
}

export async function untilLive(
  heroku: HerokuWriter,
  target: Target,
  app: string,
  first: Progress,
  run: StepRun,
): Promise<Progress> {
  return waitUntilLive(first, {
    what: target.address,
    poll: (last) => next(heroku, app, last),
    phase: phaseOf,
    log: ({ build }) => (build && buildPhase(build) === 'failed' ? heroku.output(build, 50) : heroku.log(app, 50)),
    restored: () => false,
    progress: run.progress,
    everySeconds: 2,
    timeoutSeconds: 1200,
    delay: heroku.delay,
    signal: run.signal,
  });
}

/** Asks for the one thing that is still on its way. */
async function next(heroku: HerokuWriter, app: string, last: Progress): Promise<Progress> {
  const { build, release } = last;
  if (build && buildPhase(build) !== 'live') {
    const asked = await heroku.build(app, build.id);
    return {
      ...last,
      build: asked,
      ...(asked.release ? { release: await heroku.release(app, asked.release.id) } : {}),
    };
  }
  if (!release) {
    const id = build && (await heroku.build(app, build.id)).release?.id;
    return id ? { ...last, release: await heroku.release(app, id) } : last;
  }
  if (release.status !== 'succeeded') return { ...last, release: await heroku.release(app, release.id) };
  const web = (await heroku.dynos(app)).filter(({ type }) => type === 'web');
  return { ...last, dynos: web };
}

/** Puts back the last release that worked; says in the error whether that serves again. */
async function takenBack(
  heroku: HerokuWriter,
  desired: Desired,
  { app, vars }: State,
  build: string,
  failure: DeployError,
  run: StepRun,
): Promise<DeployError> {
  const again = (restored: boolean) => new DeployError(failure.message, { log: failure.log, restored, cause: failure });
  try {
    const state = await stateOf(heroku, app);
    for (const { id, status, eligible_for_rollback: eligible } of state.releases) {
      if (status !== 'succeeded' || eligible === false) continue;
      const had = await heroku.varsOf(app.name, id);
      const made = had && buildFor(state, had);
      const same = had && hashOf(had) === desired.hash && sourceOf(had) === sourceOf(vars);
      if (!made || same || buildPhase(made) !== 'live') continue;
      run.progress('putting back the release that worked');
      // A build that is still under way would be released later, over what is put back now.
      const under = state.builds.some((one) => one.id === build && !['live', 'failed'].includes(buildPhase(one)));
      if (under) await heroku.cancelBuild(app.name, build);
      const release = await heroku.rollback(app.name, id);
      await untilLive(heroku, desired, app.name, { release, quantity: state.web?.quantity ?? 1 }, run);
      return again(true);
    }
    return again(false);
  } catch (error) {
    if (run.signal.aborted) throw error;
    return again(false);
  }
}
