import type { Graph } from '../model/graph.ts';
import type { Step } from '../model/plan.ts';
import type { Address } from '../model/resource.ts';
import type { RecordedState } from '../model/state.ts';
import type { UnlinkedStep } from './diff-resources.ts';

/** Gives every step what it waits for: makers after what they refer to, deletions after everything that referred to what goes. */
export function linkSteps(steps: UnlinkedStep[], graph: Graph, recorded: RecordedState): Step[] {
  if (steps.length === 0) return [];
  const making = group(steps.filter(({ action }) => action !== 'delete'));
  const going = group(steps.filter(({ action }) => action === 'delete'));
  const dependencies = new Map(graph.resources.map(({ address, dependsOn }) => [address, dependsOn]));
  const dependants = reverse(recorded);
  const ids = (found: UnlinkedStep[] | undefined) => (found ?? []).map(({ id }) => id);
  return steps.map((step) => {
    const after =
      step.action === 'delete'
        ? [
            ...ids(making.get(step.resource)),
            ...(dependants.get(step.resource) ?? []).flatMap((address) => [
              ...ids(making.get(address)),
              ...ids(going.get(address)),
            ]),
          ]
        : (dependencies.get(step.resource) ?? []).flatMap((address) => ids(making.get(address)));
    return { ...step, after: [...new Set(after)].toSorted() };
  });
}

function group(steps: UnlinkedStep[]): Map<Address, UnlinkedStep[]> {
  return Map.groupBy(steps, ({ resource }) => resource);
}

/** Who referred to each resource when it was last applied. */
function reverse({ resources }: RecordedState): Map<Address, Address[]> {
  const result = new Map<Address, Address[]>();
  for (const [address, { dependsOn }] of resources)
    for (const dependency of dependsOn)
      (result.get(dependency) ?? result.set(dependency, []).get(dependency)!).push(address);
  return result;
}
