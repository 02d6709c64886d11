import * as z from 'zod/mini';
import { GUARDS } from '../../model/guard.ts';
import { POLICY_INPUT_FORMAT } from '../../model/policy-input.ts';
import { RIGHTS } from '../../model/policy.ts';
import { about } from '../schema/words.ts';
import { plan } from './plan.ts';
import { optional, time } from './shared.ts';

const person = {
  login: z.string(),
  permission: optional(
    z.enum(['admin', 'maintain', 'write', 'read', 'none']),
    'on the repository, where the rule asks for it',
  ),
  teams: about(
    z.record(z.string(), z.boolean()),
    'of each organization/team that the rule asks for, whether they are in it',
  ),
};

export const policyInput = about(
  z.strictObject({
    format: z.literal(POLICY_INPUT_FORMAT),
    purpose: about(z.enum(RIGHTS), 'what is to be done; importing, and letting a resource return, count as apply'),
    environment: z.string(),
    time,
    actor: about(
      z.union([
        z.strictObject({ kind: z.literal('person'), ...person }),
        z.strictObject({ kind: z.enum(['schedule', 'unknown', 'anyone']) }),
      ]),
      'who asks: a person; the schedule; unknown on a machine that does not know people on GitHub; anyone for a plan from the record',
    ),
    approvals: about(z.array(z.strictObject(person)), 'who approved this very plan'),
    lifts: about(z.array(z.enum(GUARDS)), 'guards that are to be lifted'),
    plan: about(z.nullable(plan), 'without what policy has to say; null for what is done without a plan: unlock'),
  }),
  'What a policy of Open Policy Agent is given as input.',
);
