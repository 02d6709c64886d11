import * as z from 'zod/mini';
import { KINDS } from '../../model/resource.ts';
import { GUARDS, PLAN_FORMAT } from '../../model/plan.ts';
import { about } from '../schema/words.ts';
import { action, address, commit, instanceId, json, optional, position } from './shared.ts';

const change = z.strictObject({
  path: z.string(),
  from: optional(json, 'value that is; left out when not set'),
  to: optional(json, 'value that shall be; left out when to be removed'),
  replaces: optional(z.boolean(), 'true when the provider can only make it by a new resource'),
});

const step = z.strictObject({
  id: instanceId,
  resource: address,
  provider: about(z.string(), 'provider account; of a secret, which of its values'),
  action,
  because: z.string(),
  diff: z.array(change),
  after: about(z.array(instanceId), 'steps that must have succeeded before this one starts'),
  graceSeconds: optional(
    z.int(),
    'of the old place after a move: how long it goes on once the last step that it waits for has succeeded',
  ),
  position: optional(position, 'where the resource stands in the config; left out for one that left it'),
});

const notice = z.strictObject({
  message: z.string(),
  position: optional(position, 'where it stands in the config'),
});

const block = z.strictObject({
  guard: z.enum(GUARDS),
  message: z.string(),
  resources: z.array(address),
  liftable: about(z.boolean(), 'false: only a change of the config helps'),
  lift: about(z.string(), 'the exact words that lift it, or what to do'),
  position: optional(position, 'where it stands in the config'),
});

const failure = z.strictObject({
  tag: z.enum(['config', 'credential', 'unsupported', 'transient', 'conflict', 'deploy', 'policy', 'bug']),
  message: z.string(),
  mend: optional(z.string(), 'how to mend it'),
  log: optional(z.array(z.string()), 'last lines that the deployment printed'),
  restored: optional(z.boolean(), 'whether the previous deployment still serves'),
  stack: optional(z.string(), 'for bugs of Flotilla itself'),
});

const part = about(z.nullable(z.number()), 'null: not known, and counted as neutral');

const assignment = z.strictObject({
  provider: z.string(),
  region: optional(z.string(), 'region at the provider'),
  replicas: z.int(),
  because: z.string(),
  score: optional(
    z.strictObject({
      total: z.number(),
      parts: z.strictObject({ cpu: part, memory: part, latency: part, load: part, success: part }),
    }),
    'how the place was judged, from 0 to 1; left out where it was not weighed against another',
  ),
  next: optional(z.strictObject({ provider: z.string(), total: z.number() }), 'what would be chosen next'),
});

const forecast = z.strictObject({
  provider: z.string(),
  measure: z.enum(['instances', 'cpu', 'memory', 'hours', 'builds', 'requests', 'bandwidth']),
  kinds: optional(z.array(z.enum(KINDS)), 'kinds that count; all when left out'),
  used: about(z.nullable(z.number()), 'cpu in millicpu, memory and bandwidth in bytes; null where use is not known'),
  told: optional(z.literal(true), 'the provider said what is used already; otherwise it is an estimate'),
  limit: z.number(),
  unstated: about(z.int(), 'resources that do not state how much they take, and are counted as nothing'),
  source: z.union([
    z.strictObject({ url: z.string(), date: z.string(), confidence: z.enum(['documented', 'unverified']) }),
    z.enum(['config', 'provider']),
  ]),
  position,
});

export const plan = about(
  z.strictObject({
    format: z.literal(PLAN_FORMAT),
    fleet: z.string(),
    environment: z.string(),
    commit,
    fingerprint: about(z.string(), 'what the plan was made from; a plan whose fingerprint moved is refused'),
    steps: z.array(step),
    unchanged: about(z.int(), 'resources that are as they shall be'),
    placement: about(z.record(address, z.array(assignment)), 'where each resource goes, and why'),
    forecasts: optional(z.array(forecast), 'use against the limits of the accounts, where any are known'),
    warnings: z.array(notice),
    blocks: about(z.array(block), 'what stops the plan until it is lifted by name'),
    unread: about(
      z.array(z.strictObject({ provider: z.string(), failure, resources: z.array(address) })),
      'provider accounts that could not be asked; what lives there is left alone',
    ),
    basis: about(z.enum(['live', 'recorded']), 'whether providers were asked, or only the record'),
    hash: about(z.string(), 'SHA-256 over the rest; same inputs, same hash'),
  }),
  'What an apply would do: ordered steps from what is to what shall be.',
);
