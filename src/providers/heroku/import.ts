import { createLimiter } from '../../model/limiter.ts';
import type { Desired, Found, Observed, StepRun } from '../../provider-kit/provider.ts';
import { foundEnv, goneMeanwhile, leftOf, refuseOthers, settingsOf } from '../../provider-kit/survey.ts';
import { nameTaken, type HerokuReader, type HerokuWriter } from './api.ts';
import { addressOf, appName, CONTAINER, isOurs, markChanges, ownerOf } from './app-settings.ts';
import { untilLive } from './deploy.ts';
import { buildPhase } from './phase.ts';
import { progressOf, seen, stateOf, type State } from './state.ts';

const DEFAULT_REGION = 'us';
const IS_COMMIT = /^[0-9a-f]{40}$/;

export async function survey(heroku: HerokuReader): Promise<Found[]> {
  const apps = await heroku.apps();
  const limited = createLimiter(4);
  return Promise.all(
    apps.map((app) => limited(async () => surveyed(await stateOf(heroku, app), await heroku.addons(app.name)))),
  );
}

/** Marks the app by config vars. Heroku makes a release of that, which restarts its dynos and builds nothing. */
export async function adopt(heroku: HerokuWriter, desired: Desired, run: StepRun): Promise<Observed> {
  const name = appName(desired.identity);
  const app = await heroku.app(name);
  if (app === undefined) throw goneMeanwhile(desired);
  if (app === 'taken') throw nameTaken(name);
  const state = await stateOf(heroku, app);
  refuseOthers(ownedBy(state), desired);
  if (!isOurs(state.vars, desired)) {
    run.progress(`marking ${name}: Heroku restarts it once`);
    await heroku.changeVars(name, markChanges(desired, builtOf(state)?.source_blob.version ?? undefined));
    const progress = progressOf(await stateOf(heroku, app));
    if (progress) await untilLive(heroku, desired, name, progress, run);
  }
  return seen(await stateOf(heroku, app), desired.address);
}

function ownedBy({ vars }: State): Found['owner'] {
  const [owner, address] = [ownerOf(vars), addressOf(vars)];
  return owner && address ? { ...owner, address } : null;
}

/** The newest build that worked. */
function builtOf({ builds }: State) {
  return builds.findLast((build) => buildPhase(build) === 'live');
}

function surveyed(state: State, addons: { name: string; variables: string[] }[]): Found {
  const { app, vars, web } = state;
  const attached = new Set(addons.flatMap(({ variables }) => variables));
  const own = Object.entries(vars).filter(([name]) => !name.startsWith('FLOTILLA_') && !attached.has(name));
  const isContainer = app.build_stack?.name === CONTAINER;
  const commit = builtOf(state)?.source_blob.version ?? '';
  const size = web?.dyno_size?.name?.toLowerCase();
  const quantity = web?.quantity ?? 0;
  return {
    id: app.id,
    name: app.name,
    ...(app.web_url ? { url: app.web_url } : {}),
    owner: ownedBy(state),
    settings: settingsOf({
      source: isContainer ? { dir: '.', dockerfile: 'Dockerfile' } : '.',
      env: foundEnv(Object.fromEntries(own)),
      ...(quantity > 1 ? { replicas: quantity } : {}),
      ...(app.region.name === DEFAULT_REGION ? {} : { place: { region: app.region.name } }),
    }),
    ...(IS_COMMIT.test(commit) ? { commit } : { untold: 'Heroku does not tell which files it was built from' }),
    left: [
      { setting: 'folder', because: 'Heroku does not know it: the root of the repository is written' },
      ...addons.map(({ name, variables }) => ({
        setting: `add-on ${name}`,
        because: `it stays attached and goes on setting ${variables.join(', ') || 'nothing'}`,
      })),
      ...leftOf([
        ['dyno size', size && !['eco', 'basic', 'free'].includes(size) && size, 'it follows from resources.memory'],
        ['web dynos', quantity === 0, 'none runs, and a service has at least one: the next plan starts it'],
      ]),
    ],
    ...(web ? {} : { cannot: 'it has no web process' }),
  };
}
