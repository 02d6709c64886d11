import { expect, test } from 'vitest';
import type { ApplyInput } from '../../src/apply/apply-input.ts';
import { prepare } from '../../src/apply/prepare.ts';
import { CredentialError } from '../../src/model/errors.ts';
import type { Deployment } from '../../src/model/state.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { allAt, applied, graphOf, planInput, resource } from './fleet.ts';

test('a deployment that names a secret which is no longer set is not put back with the name in its place', () => {
  const api = resource('service/api');
  const graph = graphOf(api);
  const { recorded, observation } = applied(graph);
  const spec = { env: { KEY: '${secret.OLD_KEY}' } };
  const deployment: Deployment = { id: 'older', hash: 'older', commit: null, at: '2026-11-01', spec, references: {} };
  const restore = { address: 'service/api' as const, deployment };
  const placement = allAt(graph);
  const plan = makePlan(planInput(graph, { recorded, observation, restore }));
  const values: Record<string, string> = {};
  const vault = { secret: (name: string) => values[name] };
  const input = { plan, graph, recorded, placement, restore, vault, outputs: new Map() } as unknown as ApplyInput;
  const prepared = () => prepare(input, plan.steps[0]!, api);
  expect(prepared).toThrow(CredentialError);
  expect(prepared).toThrow('OLD_KEY');
  values['OLD_KEY'] = 'value';
  expect(prepared().desired.spec).toEqual({ env: { KEY: 'value' } });
});
