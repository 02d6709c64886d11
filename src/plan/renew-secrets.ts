import { instanceId } from '../model/graph.ts';
import type { Notice, Step } from '../model/plan.ts';
import { issuedAs, referenceTo, SEALED_VALUE, secretName, type Renewal } from '../model/renewal.ts';
import { inSeconds } from '../model/words.ts';
import type { Address } from '../model/resource.ts';
import type { PlanInput } from './plan-input.ts';

/**
 * Secrets that the fleet issues, with overlap: the new value is issued first, what uses it is deployed with it and becomes
 * live, and only then is the old one ended. An old value stays while anything may still run with it. The credential that the
 * run itself began with goes when nothing else is left to do.
 */
export function renewSecrets(
  steps: Step[],
  { renewals, graph, recorded, restore }: PlanInput,
  within: ReadonlySet<Address> | undefined,
): { steps: Step[]; warnings: Notice[] } {
  const warnings: Notice[] = [];
  if (renewals.length === 0 || restore) return { steps, warnings };
  const issuing: Step[] = [];
  const ending: Step[] = [];
  const users = new Map<Address, ReadonlySet<Address>>();
  for (const renewal of renewals) {
    const { address, use, issue, position } = renewal;
    const name = secretName(address);
    const using = new Set(
      graph.resources.flatMap(({ address: user, secrets }) => (secrets.includes(name) ? user : [])),
    );
    users.set(address, using);
    const at = { resource: address, diff: [], ...(position ? { position } : {}) };
    if (issue && use !== undefined)
      issuing.push({
        id: instanceId(address, use),
        provider: use,
        action: 'create',
        because: issue.because,
        after: [],
        ...at,
      });
    if (renewal.waits)
      warnings.push({
        message: `${name} is due, and not issued anew while ${renewal.waits} is rolled back: that would deploy it again`,
        ...(position ? { position } : {}),
      });
    if (issue && renewal.keeps)
      warnings.push({ message: `${name}: ${renewal.keeps}`, ...(position ? { position } : {}) });
    if (within && !within.has(address)) continue;
    const holding = holders(name, recorded);
    const deploying = steps.filter(({ resource }) => using.has(resource) || holding.has(resource));
    const still = stillUsing(renewal, using, steps, recorded);
    for (const value of renewal.old) {
      const held = still.get(value) ?? still.get(UNKNOWN);
      if (held) {
        warnings.push({
          message: `${name} ${named(value)} is not ended yet: ${held} may still run with it`,
          ...(position ? { position } : {}),
        });
        continue;
      }
      const after = [...(issue && use ? [instanceId(address, use)] : []), ...deploying.map(({ id }) => id)];
      ending.push({
        id: instanceId(address, value),
        provider: value,
        action: 'delete',
        because: whyEnded(renewal, after.length > 0),
        after: [...new Set(after)].toSorted(),
        ...at,
        ...(renewal.graceSeconds > 0 && after.length > 0 ? { graceSeconds: renewal.graceSeconds } : {}),
      });
    }
  }
  const own = new Set<Address>(renewals.flatMap(({ address, account, issue }) => (account && issue ? address : [])));
  const others = [...issuing, ...steps, ...ending.filter(({ resource }) => !own.has(resource))];
  const before = others.map(({ id }) => id).toSorted();
  const last = ending.map((step) => (own.has(step.resource) ? { ...step, after: before } : step));
  const waiting = steps.map((step) => {
    const first = issuing.filter(({ resource }) => step.action !== 'delete' && users.get(resource)?.has(step.resource));
    return first.length === 0 ? step : { ...step, after: [...step.after, ...first.map(({ id }) => id)].toSorted() };
  });
  return { steps: [...issuing, ...waiting, ...last], warnings };
}

function whyEnded({ use, revokes, graceSeconds }: Renewal, waits: boolean): string {
  const because = use === undefined ? 'the config issues it no more' : `${named(use)} takes over`;
  if (!revokes) return `${because}; it is only forgotten here, no command revokes it`;
  return graceSeconds > 0 && waits ? `${because}; kept for ${inSeconds(graceSeconds)} more` : because;
}

const named = (value: string): string => (value === SEALED_VALUE ? 'the sealed value' : value);

/** Stands for any value where it is not known which one something has. */
const UNKNOWN = '';

/** What the record says uses a secret, whatever the config says. */
function holders(name: string, { resources }: PlanInput['recorded']): Set<Address> {
  const found = [...resources].filter(([, { instances }]) =>
    Object.values(instances).some(({ references }) => Object.hasOwn(references, referenceTo(name))),
  );
  return new Set(found.map(([address]) => address));
}

/** Old values that something keeps which no step of this plan deploys anew or takes away. */
function stillUsing(
  { address, use }: Renewal,
  using: ReadonlySet<Address>,
  steps: readonly Step[],
  { resources }: PlanInput['recorded'],
): Map<string, Address> {
  const name = secretName(address);
  const changing = new Set(steps.map(({ id }) => id));
  const found = new Map<string, Address>();
  for (const [resource, { instances }] of resources)
    for (const [account, { references, id }] of Object.entries(instances)) {
      const has = references[referenceTo(name)];
      if (id === null || changing.has(instanceId(resource, account))) continue;
      if (has === undefined && !using.has(resource)) continue;
      if (use !== undefined && use !== SEALED_VALUE && has === issuedAs(use)) continue;
      if (use === SEALED_VALUE && has !== undefined && !has.startsWith(ISSUED)) continue;
      const value = has?.startsWith(ISSUED) ? has.slice(ISSUED.length) : SEALED_VALUE;
      found.set(has === undefined ? UNKNOWN : value, resource);
    }
  return found;
}

const ISSUED = issuedAs('');
