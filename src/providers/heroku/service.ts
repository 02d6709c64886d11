import { ConflictError } from '../../model/errors.ts';
import type { Address } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import { identity } from '../../provider-kit/identity.ts';
import { createLimiter } from '../../model/limiter.ts';
import type { Desired, Handler, Observed, Scope, Target } from '../../provider-kit/provider.ts';
import type { HerokuReader, HerokuWriter } from './api.ts';
import {
  addressOf,
  appName,
  checkOffered,
  hashOf,
  isOurs,
  ownerOf,
  sourceOf,
  specOf,
  stackOf,
  wantedAttributes,
} from './app-settings.ts';
import { deploy, untilLive } from './deploy.ts';
import { adopt, survey } from './import.ts';
import { current, emptyState, findOurs, foreign, isEmpty, progressOf, seen, stateOf } from './state.ts';

export const DEFAULT_REGION = 'us';

/** Services: an app of its own for each, with web processes. */
export const service: Handler<HerokuReader, HerokuWriter> = {
  async list(heroku, scope) {
    const wanted = new Map([...scope.identities].map(([name, address]) => [appName(name), address]));
    const apps = (await heroku.apps()).filter(({ name }) => wanted.has(name) || mayBeOurs(name, scope));
    const limited = createLimiter(4);
    const found = apps.map((app) =>
      limited(async () => {
        const state = await stateOf(heroku, app);
        const owner = ownerOf(state.vars);
        const ours = owner?.fleet === scope.fleet && owner.environment === scope.environment;
        const address = ours ? addressOf(state.vars) : wanted.get(app.name);
        if (address === undefined) return [];
        return [ours || !isEmpty(state) ? seen(state, address) : { ...seen(state, address), owner: ownedBy(scope) }];
      }),
    );
    const others = [...scope.identities].filter(([name]) => !apps.some((app) => app.name === appName(name)));
    const taken = others.map(([name, address]) =>
      limited(async () => {
        const app = await heroku.app(appName(name));
        return app === 'taken' ? [foreign({ identity: name } as Target, address)] : [];
      }),
    );
    return (await Promise.all([...found, ...taken])).flat();
  },

  async read(heroku, target) {
    const app = await heroku.app(appName(target.identity));
    if (app === undefined) return undefined;
    if (app === 'taken') return foreign(target, target.address);
    const state = await stateOf(heroku, app);
    const observed = seen(state, target.address);
    return isEmpty(state) ? { ...observed, owner: ownedBy(target) } : observed;
  },

  diff(desired, { attributes }) {
    const changes = driftOf(wantedAttributes(desired), attributes);
    const [from, to] = [attributes['region'] ?? null, desired.region ?? DEFAULT_REGION];
    return from === to || from === null ? changes : [...changes, { path: 'region', from, to, replaces: true }];
  },

  async ensure(heroku, desired, run) {
    checkOffered(desired);
    const name = appName(desired.identity);
    const region = desired.region ?? DEFAULT_REGION;
    const secrets = Object.values(specOf(desired).env ?? {});
    const found = await findOurs(heroku, desired);
    if (found && found.app.region.name !== region)
      throw new ConflictError(`${desired.address} is in ${found.app.region.name}, not in ${region}`, {
        mend: 'plan again: it has to be replaced',
      });
    if (found && settled(desired, seen(found, desired.address))) return seen(found, desired.address);
    const stack = stackOf(desired, found?.app);
    const app = found?.app ?? (await heroku.createApp({ name, region, ...(stack ? { stack } : {}) }, secrets));
    if (found && stack) await heroku.changeStack(name, stack);
    return seen(await deploy(heroku, desired, found ?? emptyState(app), run), desired.address);
  },

  async remove(heroku, target) {
    const found = await findOurs(heroku, target);
    if (found) await heroku.removeApp(found.app.name);
  },

  async rollback(heroku, target, deployment, run) {
    const found = await findOurs(heroku, target);
    if (!found) throw new ConflictError(`${target.address} is not there to be rolled back`, { mend: 'apply it first' });
    const { name } = found.app;
    const vars = await heroku.varsOf(name, deployment);
    if (!vars || !isOurs(vars, target)) return undefined;
    const under = hashOf(vars) === hashOf(found.vars) && sourceOf(vars) === sourceOf(found.vars);
    const quantity = found.web?.quantity ?? 1;
    const first =
      under && current(found.releases)
        ? progressOf(found)!
        : { release: await heroku.rollback(name, deployment), quantity };
    await untilLive(heroku, target, name, first, run);
    return seen(await stateOf(heroku, found.app), target.address);
  },

  survey,
  adopt,
  adopting: 'Heroku makes a release of the mark, which restarts the dynos once',
};

/** Whether nothing is left to do. */
function settled(desired: Desired, observed: Observed): boolean {
  const runs = observed.phase === 'live' || observed.phase === 'sleeping';
  return runs && observed.hash === desired.hash && service.diff(desired, observed).length === 0;
}

function ownedBy({ fleet, environment }: Pick<Scope, 'fleet' | 'environment'>): Observed['owner'] {
  return { fleet, environment };
}

/** By name, so that not every app of an account has to be asked what it holds. */
function mayBeOurs(name: string, { fleet, environment }: Scope): boolean {
  const words = identity(fleet, environment, 'service/' as Address).slice(0, -9);
  return name.startsWith(words.slice(0, 21).replace(/-+$/, '')) && /-[0-9a-f]{8}$/.test(name);
}
