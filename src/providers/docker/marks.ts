import type { Address } from '../../model/resource.ts';
import type { Observed, Target } from '../../provider-kit/provider.ts';
import type { Inspected } from './engine-shapes.ts';
import type { Check } from './probe.ts';

/** Labels of containers. Those of images are others, because whoever runs an image by hand inherits its labels. */
const FLEET = 'flotilla.fleet';
const ENVIRONMENT = 'flotilla.environment';
const RESOURCE = 'flotilla.resource';
const HASH = 'flotilla.hash';
const CHECK = 'flotilla.check';
const BUILT_FOR = 'flotilla.built-for';
const BUILT_FROM = 'flotilla.built-from';

type Labels = Record<string, string> | null | undefined;

export function labelsOf({ fleet, environment, address }: Target): Record<string, string> {
  return { [FLEET]: fleet, [ENVIRONMENT]: environment, [RESOURCE]: address };
}

/** Of the images that were built for it. */
export function imageLabels({ fleet, environment, address }: Target): Record<string, string> {
  return { [BUILT_FOR]: `${fleet}/${environment}/${address}` };
}

/** `from`: digest of what it was built from. */
export function builtLabels(target: Target, from: string): Record<string, string> {
  return { ...imageLabels(target), [BUILT_FROM]: from };
}

export function versionLabels(hash: string, check: Check): Record<string, string> {
  return { [HASH]: hash, [CHECK]: JSON.stringify(check) };
}

export function ownerOf(labels: Labels): Observed['owner'] {
  const [fleet, environment] = [labels?.[FLEET], labels?.[ENVIRONMENT]];
  return fleet !== undefined && environment !== undefined ? { fleet, environment } : null;
}

export function addressOf(labels: Labels): Address | undefined {
  return labels?.[RESOURCE] as Address | undefined;
}

export function isOurs(labels: Labels, target: Target): boolean {
  return bears(labels, labelsOf(target));
}

export function bears(labels: Labels, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels?.[name] === value);
}

export function hashOf({ Config }: Pick<Inspected, 'Config'>): string | null {
  return Config.Labels?.[HASH] ?? null;
}

export function checkOf({ Config }: Pick<Inspected, 'Config'>): Check {
  return JSON.parse(Config.Labels?.[CHECK] ?? '{"timeoutSeconds":10,"graceSeconds":30}') as Check;
}

/** What was asked for and the image that it became: the same again is the same deployment. */
export function deploymentOf(container: Pick<Inspected, 'Config' | 'Image'>): string {
  return `${(hashOf(container) ?? '').slice(0, 12)}-${container.Image.replace('sha256:', '').slice(0, 12)}`;
}

/** Serves under the target's own name; a `candidate` shows that it is well first; those that were before are kept for going back. */
export const nameOf = {
  serving: ({ identity }: Target): string => identity,
  candidate: ({ identity }: Target): string => `${identity}-candidate`,
  former: ({ identity }: Target, deployment: string): string => `${identity}-was-${deployment}`,
};

export function isFormer(name: string, { identity }: Target): boolean {
  return name.startsWith(`${identity}-was-`);
}
