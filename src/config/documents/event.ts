import * as z from 'zod/mini';
import { about } from '../schema/words.ts';
import { action, address, commit, json, optional, time } from './shared.ts';

export const event = about(
  z.strictObject({
    id: about(z.string(), 'unique: a retried commit never writes it twice'),
    at: time,
    kind: z.enum([
      'apply.started',
      'step.intended',
      'step.succeeded',
      'step.failed',
      'step.skipped',
      'step.interrupted',
      'apply.finished',
      'apply.denied',
      'plan.approved',
      'lease.taken-over',
      'lease.unlocked',
      'resource.imported',
      'incident.opened',
      'incident.closed',
      'heartbeat.received',
    ]),
    environment: z.string(),
    actor: z.string(),
    run: z.string(),
    commit,
    plan: optional(z.string(), 'hash of the plan'),
    resource: optional(address, 'what the step is about'),
    provider: optional(z.string(), 'provider account'),
    action: optional(action, 'what the step does'),
    message: optional(z.string(), 'for people'),
    data: optional(z.record(z.string(), json), 'for programs'),
  }),
  'One line of <environment>/events/<year>-<month>.ndjson: who did what, when, in which run.',
);
