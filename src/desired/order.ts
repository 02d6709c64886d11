import type { DesiredResource } from '../model/graph.ts';
import type { Address } from '../model/resource.ts';

/** Dependencies first, otherwise in the given order; or the first cycle, as the addresses along it. Iterative: depth is the user's. */
export function inDependencyOrder(nodes: DesiredResource[]): { ordered: DesiredResource[]; cycle?: Address[] } {
  const byAddress = new Map(nodes.map((node) => [node.address, node]));
  const state = new Map<Address, 'open' | 'done'>();
  const ordered: DesiredResource[] = [];
  const stack: { node: DesiredResource; next: number }[] = [];
  const enter = (node: DesiredResource) => {
    state.set(node.address, 'open');
    stack.push({ node, next: 0 });
  };
  for (const root of nodes) {
    if (!state.has(root.address)) enter(root);
    while (stack.length > 0) {
      const top = stack.at(-1) as (typeof stack)[number];
      const dependency = byAddress.get(top.node.dependsOn[top.next++] as Address);
      if (dependency === undefined) {
        if (top.next <= top.node.dependsOn.length) continue;
        state.set(top.node.address, 'done');
        ordered.push(top.node);
        stack.pop();
      } else if (state.get(dependency.address) === 'open') {
        const from = stack.findIndex(({ node }) => node === dependency);
        return { ordered, cycle: stack.slice(from).map(({ node }) => node.address) };
      } else if (!state.has(dependency.address)) enter(dependency);
    }
  }
  return { ordered };
}
