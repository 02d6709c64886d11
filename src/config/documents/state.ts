import * as z from 'zod/mini';
import { PHASES } from '../../model/phase.ts';
import { about } from '../schema/words.ts';
import { action, address, commit, jsonObject, optional, source, texts, time } from './shared.ts';

const lease = about(
  z.strictObject({
    run: about(z.string(), 'github:<run id>/<attempt> or local:<host>:<pid>:<start>'),
    token: optional(z.string(), 'tells holders with the same run apart'),
    commits: optional(z.array(z.string()), 'commits with checks that the run may leave in progress when it dies'),
    actor: z.string(),
    acquired: time,
    expires: time,
  }),
  'the expiring right to apply the environment',
);

export const environmentState = about(
  z.strictObject({
    format: z.int(),
    fleet: z.string(),
    environment: z.string(),
    serial: about(z.int(), 'counts the commits that changed this environment'),
    commit,
    plan: about(z.nullable(z.string()), 'hash of the last plan that was applied'),
    applied: about(z.nullable(z.string()), 'when the last apply ended'),
    outcome: z.nullable(z.enum(['succeeded', 'failed', 'interrupted'])),
    ways: optional(z.string(), 'digest of the accounts and of what may run where, which a failover goes by'),
    approvals: optional(
      z.array(z.strictObject({ plan: about(z.string(), 'the whole hash'), actor: z.string(), at: time })),
      'plans that people approved and that were not applied yet, newest last',
    ),
    lease: z.nullable(lease),
  }),
  '<environment>/environment.json on the state branch.',
);

const recipe = {
  spec: jsonObject,
  references: about(texts, 'references that are not secret, as they were resolved'),
  source: optional(source, 'what it was built from'),
};

const deployment = z.strictObject({
  id: about(z.string(), 'the provider’s deployment id, or the hash where it has none'),
  hash: z.string(),
  commit,
  at: time,
  ...recipe,
});

const instance = z.strictObject({
  id: about(z.nullable(z.string()), 'the provider’s id; null while an intent to create is open'),
  name: optional(z.string(), 'its name at the provider, where that is not made from the address: it was imported'),
  hash: about(z.nullable(z.string()), 'what the provider was told to be; null when nothing has succeeded yet'),
  region: optional(z.string(), 'region at the provider'),
  replicas: z.int(),
  ...recipe,
  outputs: about(texts, 'outputs that are not secret'),
  sealed: optional(
    z.string(),
    'outputs that are secret, for the recipients of flotilla.secrets.yml: an age file in base64',
  ),
  phase: z.enum(PHASES),
  deployments: about(z.array(deployment), 'newest first, at most ten: what rollback can go back to'),
  generation: optional(z.int(), 'how often it was deployed again although nothing changed'),
  heldBack: optional(z.string(), 'hash that was rolled back from, so that the same config does not undo the rollback'),
  intent: optional(
    z.strictObject({ action, run: z.string(), at: time }),
    'written before the provider is called, cleared with the outcome',
  ),
  error: optional(z.string(), 'last failure; cleared by success'),
});

export const resourceState = about(
  z.strictObject({
    format: z.int(),
    address,
    protect: z.boolean(),
    dependsOn: z.array(address),
    instances: about(z.record(z.string(), instance), 'by provider account'),
  }),
  '<environment>/resources/<kind>/<name>.json on the state branch.',
);
