import { GUARDS, type Block, type GuardName, type Step } from '../model/plan.ts';
import { isSecretAddress } from '../model/renewal.ts';
import type { Address } from '../model/resource.ts';
import { isProtected } from './diff-resources.ts';
import type { Allow, PlanInput } from './plan-input.ts';

const MASS_SHARE = 0.3;
const MASS_FLEET = 10;

/** Reads `delete-protected` and `delete-protected=database/main`; returns the words that are no guard. */
export function parseAllow(words: readonly string[]): { allow: Allow; unknown: string[] } {
  const allow = new Map<GuardName, 'all' | Set<Address>>();
  const unknown: string[] = [];
  for (const word of words) {
    const [name, resource] = word.split('=', 2) as [string, string | undefined];
    const guard = GUARDS.find((candidate) => candidate === name);
    if (!guard) unknown.push(word);
    else if (resource === undefined) allow.set(guard, 'all');
    else if (allow.get(guard) !== 'all')
      allow.set(guard, new Set([...((allow.get(guard) as Set<Address>) ?? []), resource as Address]));
  }
  return { allow, unknown };
}

/** What stands in the way of these steps and was not lifted. */
export function guard(input: PlanInput & { steps: Step[] }): Block[] {
  const { steps, recorded, graph, allow, destroy } = input;
  const moving = new Set(steps.filter(({ action }) => action !== 'delete').map(({ resource }) => resource));
  const guarded = (wanted: (step: Step) => boolean) =>
    steps.filter((step) => wanted(step) && isProtected(input, step.resource)).map(({ resource }) => resource);
  const blocks: Block[] = [];
  const add = (name: GuardName, resources: Address[], message: string) => {
    const lifted = allow.get(name);
    const left = lifted === 'all' ? [] : resources.filter((resource) => !lifted?.has(resource));
    if (left.length > 0 || (resources.length === 0 && !lifted))
      blocks.push({
        guard: name,
        message,
        resources: left,
        liftable: true,
        lift: words(destroy ? 'destroy' : 'apply', name, left),
      });
  };

  const deleted = guarded(({ action, resource }) => action === 'delete' && !moving.has(resource));
  if (deleted.length > 0) add('delete-protected', deleted, `would delete ${deleted.join(', ')}, which is protected`);

  const replaced = guarded(({ action }) => action === 'replace' || action === 'move');
  if (replaced.length > 0)
    add('replace-protected', replaced, `would replace ${replaced.join(', ')} and lose what it holds`);

  if (destroy) return blocks;
  if (graph.resources.length === 0 && recorded.resources.size > 0)
    add('empty-config', [], `the config describes nothing, but ${recorded.resources.size} resources are recorded`);

  const total = [...recorded.resources.values()].reduce((sum, { instances }) => sum + Object.keys(instances).length, 0);
  const destructive = steps.filter(
    ({ action, resource }) =>
      action === 'replace' || (action === 'delete' && !moving.has(resource) && !isSecretAddress(resource)),
  );
  if (total >= MASS_FLEET && destructive.length > total * MASS_SHARE)
    add('mass-change', [], `would delete or replace ${destructive.length} of ${total}, more than ${MASS_SHARE * 100}%`);
  return blocks;
}

function words(command: 'apply' | 'destroy', name: GuardName, resources: Address[]): string {
  const flags =
    resources.length === 0 ? [`--allow ${name}`] : resources.map((resource) => `--allow ${name}=${resource}`);
  return `flotilla ${command} ${flags.join(' ')}`;
}
