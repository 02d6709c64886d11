import { flag, json, listOf, mapOf, moment, number, object, optional, orNull, text, type Shape } from './shape.ts';

/** The files of an environment as `model/state.ts`, `model/health.ts` and `model/incident.ts` have them. */

const lease = object({
  run: text,
  token: optional(text),
  actor: optional(text),
  acquired: moment,
  expires: moment,
  commits: optional(listOf(text)),
});

export const environmentShape: Shape = object({
  serial: number,
  commit: orNull(text),
  plan: orNull(text),
  applied: orNull(text),
  outcome: orNull(text),
  ways: optional(text),
  approvals: optional(listOf(object({ plan: text, actor: text, at: text }))),
  lease: orNull(lease),
});

const source = optional(object({ dir: text, tree: text, image: optional(text) }));

const deployment = object({
  id: text,
  hash: text,
  commit: orNull(text),
  at: text,
  spec: json,
  references: mapOf(text),
  source,
});

const instance = object({
  id: orNull(text),
  name: optional(text),
  hash: orNull(text),
  region: optional(text),
  replicas: number,
  spec: json,
  references: mapOf(text),
  source,
  outputs: mapOf(text),
  sealed: optional(text),
  phase: text,
  deployments: listOf(deployment),
  generation: optional(number),
  heldBack: optional(text),
  intent: optional(object({ action: text, run: text, at: text })),
  error: optional(text),
});

export const resourceShape: Shape = object({
  address: text,
  protect: flag,
  dependsOn: listOf(text),
  instances: mapOf(instance),
});

const instanceHealth = object({
  status: text,
  since: text,
  failures: number,
  successes: number,
  failingSince: optional(text),
  turns: listOf(text),
  latency: orNull(number),
  last: object({ at: text, ok: flag, milliseconds: orNull(number), problem: optional(text) }),
});

export const healthShape: Shape = object({
  checked: text,
  rolledUp: orNull(text),
  instances: mapOf(instanceHealth),
  beats: mapOf(text),
  breakers: mapOf(object({ failures: number, until: text })),
  suspicion: optional(text),
  avoid: mapOf(listOf(object({ provider: text, since: text, because: text, incident: text, back: text }))),
  prefer: optional(mapOf(text)),
  heals: listOf(object({ at: text, resource: text, action: text, from: text, incident: text })),
  quiet: optional(object({ every: number, instances: listOf(text), runs: listOf(listOf(orNull(number))) })),
});

export const incidentShape: Shape = object({
  id: text,
  environment: text,
  kind: text,
  subject: text,
  title: text,
  began: moment,
  opened: moment,
  recovered: optional(moment),
  closed: optional(moment),
  cause: text,
  resources: listOf(text),
  dependants: listOf(text),
  timeline: listOf(object({ at: text, text })),
  position: optional(object({ file: text, line: number })),
  failedProbes: number,
  muted: optional(text),
  issue: orNull(number),
  publisher: optional(object({ run: text, until: text })),
  told: optional(text),
});
