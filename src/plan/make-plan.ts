import { digest } from '../model/canonical.ts';
import type { Observation } from '../model/observation.ts';
import { PLAN_FORMAT, type Plan, type Unread } from '../model/plan.ts';
import { diffResources } from './diff-resources.ts';
import { withGrace } from './grace.ts';
import { guard } from './guards.ts';
import { linkSteps } from './link-steps.ts';
import type { PlanInput } from './plan-input.ts';
import { reach } from './reach.ts';
import { renewSecrets } from './renew-secrets.ts';
import { quotaBlocks, quotaWarnings } from './quota.ts';

/** Ordered steps from observed to desired. Pure: same inputs, same bytes, same hash. */
export function makePlan(input: PlanInput): Plan {
  const { graph, observation, placement } = input;
  const { forecasts = [] } = input.outlook ?? {};
  const difference = diffResources(input);
  const within = input.only && reach(input.only, graph);
  const wanted = difference.steps.filter(({ resource }) => !within || within.has(resource));
  const linked = withGrace(linkSteps(wanted, graph, input.recorded), input);
  const { steps, warnings } = renewSecrets(linked, input, within);
  const blocks = [...difference.blocks, ...guard({ ...input, steps }), ...quotaBlocks(input)];
  const content: Omit<Plan, 'hash'> = {
    format: PLAN_FORMAT,
    fleet: graph.fleet,
    environment: graph.environment,
    commit: input.commit,
    basis: observation.basis,
    fingerprint: fingerprint(observation),
    steps,
    unchanged: difference.unchanged,
    placement: Object.fromEntries(placement),
    ...(forecasts.length > 0 ? { forecasts } : {}),
    warnings: [...input.warnings, ...quotaWarnings(forecasts), ...difference.warnings, ...warnings],
    blocks,
    unread: unreadOf(input),
  };
  // What was approved are the steps and what they rest on: lifting a guard or an unreadable account must not change the hash.
  const { fleet, environment, commit, fingerprint: basedOn } = content;
  const hash = digest({ fleet, environment, commit, basedOn, steps }, 64);
  if (input.expected && !hash.startsWith(input.expected))
    blocks.push({
      guard: 'plan-moved',
      message: `this is plan ${hash.slice(0, 12)}, but ${input.expected.slice(0, 12)} was approved: the config or the providers changed since`,
      resources: [],
      liftable: false,
      lift: 'look at the new plan and approve it',
    });
  return { ...content, hash };
}

/** What the plan saw at the providers, for telling whether it moved. */
function fingerprint({ instances }: Observation): string {
  return digest([...instances].map(([id, { id: at, hash }]) => [id, at, hash]).toSorted());
}

function unreadOf({ observation, placement, recorded }: PlanInput): Unread[] {
  return [...observation.unread]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([provider, failure]) => {
      const here = [...placement].filter(([, assignments]) => assignments.some((at) => at.provider === provider));
      const was = [...recorded.resources].filter(([, { instances }]) => Object.hasOwn(instances, provider));
      return { provider, failure, resources: [...new Set([...here, ...was].map(([address]) => address))].toSorted() };
    });
}
