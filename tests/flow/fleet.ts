import type { Config } from '../../src/model/config.ts';
import {
  instanceId,
  type InstanceId,
  type DesiredResource,
  type Graph,
  type Placement,
} from '../../src/model/graph.ts';
import { HEALTH_FORMAT, type HealthState, type InstanceHealth } from '../../src/model/health.ts';
import type { Observation, Observed } from '../../src/model/observation.ts';
import { instanceHash, resolve } from '../../src/model/resolve.ts';
import { parseAddress, type Address, type Kind } from '../../src/model/resource.ts';
import type { InstanceState, RecordedState } from '../../src/model/state.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';

/** Small builders for pure tests: a fleet in one line, recorded and observed as if it had been applied. */
export function resource(address: Address, more: Partial<DesiredResource> = {}): DesiredResource {
  const { kind, name } = parseAddress(address) as { kind: Kind; name: string };
  const position = { file: 'flotilla.yml', line: 1, column: 1 };
  const rest = {
    place: {},
    protect: false,
    replicas: 1,
    dependsOn: [],
    templated: (more.dependsOn ?? []).length > 0,
    secrets: [],
  };
  return { address, kind, name, spec: {}, position, ...rest, ...more };
}

export const graphOf = (...resources: DesiredResource[]): Graph => ({
  fleet: 'acme',
  environment: 'production',
  resources,
});

export const allAt = (graph: Graph, provider = 'one'): Placement =>
  new Map(graph.resources.map(({ address, replicas }) => [address, [{ provider, replicas, because: 'test' }]]));

const NONE: RecordedState = { environment: null, resources: new Map(), secrets: new Map() };

/** The record and the observation after `graph` was applied with `placement`. */
export function applied(
  graph: Graph,
  placement: Placement = allAt(graph),
): { recorded: RecordedState; observation: Observation } {
  const recorded: RecordedState = { environment: null, resources: new Map(), secrets: new Map() };
  const observation: Observation = { basis: 'live', instances: new Map(), foreign: new Map(), unread: new Map() };
  const outputs = (address: Address) => ({ url: `http://${address.replace('/', '.')}.test` });
  for (const node of graph.resources) {
    const instances: Record<string, InstanceState> = {};
    for (const assignment of placement.get(node.address) ?? []) {
      const resolved = resolve(node, outputs);
      const hash = instanceHash(node, assignment, resolved, 0);
      const facts = { id: `id-${node.address}`, hash, phase: 'live' as const, outputs: outputs(node.address) };
      const { spec } = node;
      const { references } = resolved;
      const deployment = { id: hash, hash, commit: null, at: '2026-11-01T00:00:00.000Z', spec, references };
      instances[assignment.provider] = {
        ...facts,
        spec,
        references,
        replicas: assignment.replicas,
        ...(node.source ? { source: node.source } : {}),
        deployments: [deployment],
      };
      const owner = { fleet: graph.fleet, environment: graph.environment };
      const observed: Observed = { ...facts, address: node.address, owner, attributes: {} };
      observation.instances.set(instanceId(node.address, assignment.provider), observed);
    }
    recorded.resources.set(node.address, {
      format: 1,
      address: node.address,
      protect: node.protect,
      dependsOn: node.dependsOn,
      instances,
    });
  }
  return { recorded, observation };
}

/** The planner's input for a graph, over what `before` left. */
export function planInput(graph: Graph, more: Partial<PlanInput> = {}): PlanInput {
  const observation: Observation = { basis: 'live', instances: new Map(), foreign: new Map(), unread: new Map() };
  return {
    graph,
    commit: 'c'.repeat(40),
    placement: allAt(graph),
    recorded: NONE,
    observation,
    renewals: [],
    drift: () => [],
    redeploy: new Set(),
    allow: new Map(),
    destroy: false,
    restore: undefined,
    warnings: [],
    ...more,
  };
}

/** A record of health in which something at each account takes so long to answer, milliseconds; the same account may come again. */
export function measured(latencies: readonly (readonly [account: string, milliseconds: number])[]): HealthState {
  const at = '2026-11-20T00:00:00Z';
  const instances = latencies.map(([account, latency], index): [InstanceId, InstanceHealth] => [
    `service/probed-${index}@${account}`,
    {
      status: 'up',
      since: at,
      failures: 0,
      successes: 1,
      turns: [],
      latency,
      last: { at, ok: true, milliseconds: latency, tries: 1 },
    },
  ]);
  return {
    format: HEALTH_FORMAT,
    checked: at,
    rolledUp: null,
    instances: Object.fromEntries(instances),
    beats: {},
    breakers: {},
    avoid: {},
    heals: [],
  };
}

export const nowhere: Pick<Config, 'position'> = { position: () => ({ file: 'flotilla.yml', line: 7, column: 3 }) };
