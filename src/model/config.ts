import type { Maintenance } from './incident.ts';
import type { Measure, Weights } from './offer.ts';
import type { PolicyConfig } from './policy.ts';
import type { Json, JsonObject, Kind, Position } from './resource.ts';
import type { SecretConfig } from './secret-config.ts';
import type { HealPolicy, WatchConfig } from './watch.ts';

/** The environment that is meant when nobody names one. */
export const DEFAULT_ENVIRONMENT = 'production';

/** Files of the folder `.flotilla` that are of the config, by their names; one that is read by nobody would hide what it rules. */
export const CONFIG_PART = /\.ya?ml$/;

/** The validated config: what `config/` hands to `desired/`. Units are in the names: seconds, bytes, millicpu. */
export interface Config {
  fleet: string;
  environments: Record<string, EnvironmentConfig>;
  /** Provider accounts by the name that `place.on` uses; `type` is the provider's folder. */
  providers: Record<string, ProviderConfig>;
  /** Resources by kind, then name, in file order. */
  resources: Record<Kind, Record<string, ResourceConfig>>;
  /** Secrets that the config looks after, by name. */
  secrets: Record<string, SecretConfig>;
  report: { comment: boolean };
  limits: { concurrency: number };
  /** What the config says of how places are chosen. */
  placement?: { weights: Partial<Weights> };
  /** What is done about drift of resources that do not say. */
  drift: DriftConfig;
  incidents: IncidentsConfig;
  maintenance: Maintenance[];
  status: StatusConfig;
  /** Who may do what, as these files say it: what counts is what the default branch says. */
  policy?: PolicyConfig;
  /** The GitHub App that speaks for people, as its address names it. */
  app?: string;
  /**
   * Where a dotted path (`services.api.port`) stands; falls back to the nearest parent. With an environment, what its
   * overlay says comes first. Cheap: looked up when asked.
   */
  position(path: string, environment?: string): Position;
}

/** What is done when a resource was changed or deleted behind our back: an incident, or an incident and a repair. */
export type DriftConfig = 'report' | 'repair';

/** How people hear of incidents. */
export interface IncidentsConfig {
  /** On every issue. */
  labels: string[];
  /** Users that every issue is assigned to, by login. */
  assignees: string[];
  /** Issues are locked for all but those who may write. */
  lock: boolean;
  /** Both may be `${secret.NAME}`; what is sent is signed with `secret`. */
  webhook?: { url: string; secret?: string };
  /** Probes and the webhook may go to addresses that are not public. */
  allowPrivate: boolean;
}

/** What the status page says of itself. */
export interface StatusConfig {
  title: string;
  description?: string;
  /** Where it is published, without a slash at its end. */
  url?: string;
}

export interface EnvironmentConfig {
  /** Branch whose pushes apply this environment. */
  branch?: string;
  /** True: every pull request is planned against this environment's state as `<name>`; with `ttlSeconds` a copy `preview-<pr>` is deployed. */
  pullRequests: boolean;
  ttlSeconds?: number;
  /** The resources that this environment changes, already merged with the base; `null` where it leaves one out. */
  overlay: Partial<Record<Kind, Record<string, ResourceConfig | null>>>;
}

export interface ProviderConfig {
  type: string;
  /** What is left for the provider's own schema. */
  options: JsonObject;
  /** Limits that replace those known of the provider, in the units of `MEASURES`; `null`: none. */
  limits?: Partial<Record<Measure, number | null>>;
}

/** One resource as validated; `spec` is the normalised, kind-specific part, with `${…}` templates left in its strings. */
export interface ResourceConfig {
  spec: JsonObject;
  place: PlaceConfig;
  /** Deleting it needs a lifted guard. */
  protect: boolean;
  /** How it is watched, where the config says; never part of the spec, so that watching it otherwise deploys nothing. */
  watch?: WatchConfig;
  /** What is done when it is down; absent: nothing. */
  failover?: HealPolicy;
  drift?: DriftConfig;
}

export interface PlaceConfig {
  on?: string[];
  /** What it is expected to take of limits that are counted by the month; of all replicas together. */
  traffic?: Traffic;
  /** `provider`: replicas on as many providers as possible. */
  spread?: 'provider';
  region?: string;
  /** How long the old place of a service or a site goes on after a move. */
  graceSeconds?: number;
}

/** The check that a service's provider does itself, a deployment above all. */
export interface HealthSpec {
  path: string;
  timeoutSeconds: number;
  /** How long a new version may take until it is healthy. */
  graceSeconds: number;
}

/** A month's worth. */
export interface Traffic {
  requests?: number;
  bandwidthBytes?: number;
}

/** Normalised `spec` of a service. */
export interface ServiceSpec {
  source: { dir?: string; dockerfile?: string; image?: string; command?: string[]; build?: string };
  port?: number;
  env: Record<string, string>;
  health?: HealthSpec;
  resources?: { millicpu?: number; memoryBytes?: number };
  replicas: number;
  rollout?: { strategy: 'all_at_once' | 'canary' | 'rolling'; steps?: number[] };
  domains: string[];
}

/** Normalised `spec` of a site. */
export interface SiteSpec {
  dir: string;
  build?: string;
  output?: string;
  env: Record<string, string>;
  redirects: { from: string; to: string; status: number }[];
  headers: { for: string; values: Record<string, string> }[];
  domains: string[];
  /** Serve this file with status 200 for unknown paths, as single-page applications want. */
  fallback?: string;
}

/** The other kinds keep the shape of the file, parsed into units; their providers read what they know. */
export type OtherSpec = Record<string, Json>;
