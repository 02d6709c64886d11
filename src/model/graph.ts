import type { PlaceConfig } from './config.ts';
import type { Criterion } from './offer.ts';
import type { Address, JsonObject, Kind, Position } from './resource.ts';
import type { SourceRef } from './source.ts';

/** The desired graph of one environment: resources in dependency order. */
export interface Graph {
  fleet: string;
  environment: string;
  resources: DesiredResource[];
}

export interface DesiredResource {
  address: Address;
  kind: Kind;
  name: string;
  /** Normalised spec (see `model/config.ts`) with templates left in. */
  spec: JsonObject;
  place: PlaceConfig;
  protect: boolean;
  replicas: number;
  /** Resources whose outputs this one names. */
  dependsOn: Address[];
  /** True when any string holds `${`, so that it must be resolved or unescaped. */
  templated: boolean;
  /** Names of secrets that this one uses. */
  secrets: string[];
  /** Of those that are sealed in the repository, which value it is: `version 2, 2026-11-21T00:00:00Z`. */
  sealed?: Readonly<Record<string, string>>;
  /** Folder of the repository it is made from, and that folder's git tree id: a change there is a change of the resource. */
  source?: SourceRef;
  position: Position;
}

/** Where one resource is to run. Several when its replicas are spread. */
export interface Assignment {
  provider: string;
  region?: string;
  replicas: number;
  because: string;
  /** How the place was judged; absent where it was not weighed against another. */
  score?: Score;
  /** What would be chosen next. */
  next?: { provider: string; total: number };
}

/** All from 0 to 1, more is better. */
export interface Score {
  total: number;
  /** `null`: not known, and counted as neutral. */
  parts: Record<Criterion, number | null>;
}

/** An instance is one resource at one provider: what a step acts on. */
export type InstanceId = `${Address}@${string}`;

export function instanceId(resource: Address, provider: string): InstanceId {
  return `${resource}@${provider}`;
}

/** The result of placement: every resource's assignments, by address. */
export type Placement = Map<Address, Assignment[]>;
