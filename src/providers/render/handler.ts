import { ConflictError } from '../../model/errors.ts';
import type { Change } from '../../model/plan.ts';
import type { JsonObject } from '../../model/resource.ts';
import { driftOf } from '../../provider-kit/drift.ts';
import { createLimiter } from '../../model/limiter.ts';
import type { Account, Desired, Handler, Observed } from '../../provider-kit/provider.ts';
import type { RenderReader, RenderWriter, ServiceType } from './api.ts';
import { serviceContent, siteContent, type Content } from './content.ts';
import { adopt, survey } from './import.ts';
import { isMarkOf } from './mark.ts';
import { mayBeOf } from '../../provider-kit/identity.ts';
import { regionOf } from './regions.ts';
import { find, findOurs, observed, open, rollBack, rollOut } from './roll-out.ts';

/** Services and sites are services of two types at Render, and differ in what they are made from. */
export const service = createHandler('web_service', serviceContent);
export const site = createHandler('static_site', siteContent);

function createHandler(
  type: ServiceType,
  contentOf: (desired: Desired, account: Account) => Promise<Content>,
): Handler<RenderReader, RenderWriter> {
  return {
    async list(render, scope) {
      const candidates = (await render.services(type)).filter(({ name }) => mayBeOf(scope, name));
      const limited = createLimiter(4);
      const all = await Promise.all(candidates.map((candidate) => limited(() => open(render, candidate))));
      return all.flatMap((found) => {
        const { fleet, environment, address } = found.mark ?? {};
        const ours = fleet === scope.fleet && environment === scope.environment;
        const at = ours ? address : scope.identities.get(found.service.name);
        return at === undefined ? [] : [observed(found, at)];
      });
    },

    async read(render, target) {
      const found = await find(render, target);
      return found && observed(found, target.address);
    },

    diff,

    async ensure(render, desired, run) {
      const content = await contentOf(desired, render.account);
      const found = await findOurs(render, desired);
      const region = found?.service.serviceDetails.region;
      if (region !== undefined && region !== regionOf(desired.region))
        throw new ConflictError(`${desired.address} is in ${region}, not in ${regionOf(desired.region)}`, {
          mend: 'plan again: it has to be replaced',
        });
      return rollOut(render, desired, content, found, run);
    },

    async remove(render, target) {
      const found = await find(render, target);
      if (found && isMarkOf(found.mark, target)) await render.remove(found.service.id);
    },

    rollback: rollBack,

    survey: (render) => survey(render, type),

    adopt: (render, desired) => adopt(render, desired),

    async logs(render, target, { lines }) {
      const found = await findOurs(render, target);
      return found ? render.logs(found.service.id, lines) : [];
    },
  };
}

function diff({ kind, replicas, region }: Desired, { attributes }: Observed): Change[] {
  const wanted: JsonObject = { autoDeploy: 'no', suspended: false, ...(kind === 'service' ? { replicas } : {}) };
  const changes = driftOf(wanted, attributes);
  const [from, to] = [attributes['region'] ?? null, regionOf(region)];
  return kind !== 'service' || from === to ? changes : [...changes, { path: 'region', from, to, replaces: true }];
}
