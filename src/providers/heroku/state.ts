import { ConflictError } from '../../model/errors.ts';
import type { Address } from '../../model/resource.ts';
import type { Observed, Target } from '../../provider-kit/provider.ts';
import type { App, Build, Dyno, Formation, Release } from './answers.ts';
import { nameTaken, type ConfigVars, type HerokuReader } from './api.ts';
import { appName, attributesOf, hashOf, isOurs, ownerOf, sourceOf } from './app-settings.ts';
import { buildPhase, phaseOf, type Progress } from './phase.ts';

/** An app and everything about it that a decision needs. */
export interface State {
  app: App;
  vars: ConfigVars;
  /** Newest first. */
  releases: Release[];
  builds: Build[];
  web?: Formation;
  dynos: Dyno[];
}

export async function stateOf(heroku: HerokuReader, app: App): Promise<State> {
  const { name } = app;
  const [vars, releases, builds, formation, dynos] = await Promise.all([
    heroku.vars(name),
    heroku.releases(name),
    heroku.builds(name),
    heroku.formation(name),
    heroku.dynos(name),
  ]);
  const web = formation.find(({ type }) => type === 'web');
  return { app, vars, releases, builds, dynos: dynos.filter(({ type }) => type === 'web'), ...(web ? { web } : {}) };
}

/** An app that was just made. */
export function emptyState(app: App): State {
  return { app, vars: {}, releases: [], builds: [], dynos: [] };
}

/** @throws ConflictError when the app is not ours. */
export async function findOurs(heroku: HerokuReader, target: Target): Promise<State | undefined> {
  const name = appName(target.identity);
  const app = await heroku.app(name);
  if (app === undefined) return undefined;
  if (app === 'taken') throw nameTaken(name);
  const state = await stateOf(heroku, app);
  if (isOurs(state.vars, target) || isEmpty(state)) return state;
  throw new ConflictError(`${target.address}: the app "${name}" exists already and is not this fleet's`, {
    mend: 'rename one of the two, or remove the other by hand',
  });
}

/** An app with nothing in it is one that a run made and could not fill: only its name can say whose it is. */
export function isEmpty({ vars, builds, releases }: State): boolean {
  return Object.keys(vars).length === 0 && builds.length === 0 && releases.length <= 1;
}

/** The newest build that these variables belong to. */
export function buildFor({ builds }: Pick<State, 'builds'>, vars: ConfigVars): Build | undefined {
  const source = sourceOf(vars);
  return source === undefined ? undefined : builds.findLast((build) => build.source_blob.version === source);
}

/** The release that is current, or on its way to be. */
export function newest(releases: readonly Release[]): Release | undefined {
  return releases.find(({ status }) => status === 'pending') ?? current(releases);
}

export function current(releases: readonly Release[]): Release | undefined {
  return releases.find((release) => release.current) ?? releases.find(({ status }) => status === 'succeeded');
}

/** How far it has come. Variables whose build is missing are not deployed at all. */
export function progressOf(state: State): Progress | undefined {
  const build = buildFor(state, state.vars);
  if (!build) return undefined;
  const release = newest(state.releases);
  const { dynos, web } = state;
  return { build, dynos, quantity: web?.quantity ?? 1, ...(release ? { release } : {}) };
}

/** The hash counts only when the code that belongs to the variables was built. */
export function seen(state: State, address: Address): Observed {
  const { app, vars, web } = state;
  const progress = progressOf(state);
  const built = progress?.build && buildPhase(progress.build) === 'live';
  const phase = progress ? phaseOf(progress) : 'queued';
  const url = app.web_url ? new URL(app.web_url) : undefined;
  return {
    id: app.id,
    address,
    owner: ownerOf(vars),
    hash: (built && hashOf(vars)) || null,
    phase,
    outputs: url ? { url: url.origin, host: url.hostname, port: '443' } : {},
    ...(built && progress.release && ['live', 'sleeping'].includes(phase) ? { deployment: progress.release.id } : {}),
    attributes: attributesOf(app, vars, web),
  };
}

export function foreign({ identity }: Target, address: Address): Observed {
  return { id: appName(identity), address, owner: null, hash: null, phase: 'unknown', outputs: {}, attributes: {} };
}
