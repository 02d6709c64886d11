import { UnsupportedError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import { POLICY_INPUT_FORMAT, type PolicyInput, type PolicyPerson } from '../model/policy-input.ts';
import type { OpaRule, PersonFacts } from '../model/policy.ts';
import type { Question } from './question.ts';

/**
 * What a policy in Rego is given: the same facts for the same rule, whatever other rules asked about. @throws UnsupportedError
 * when one of its facts is not known
 */
export function inputFor(question: Question, { facts }: OpaRule, plan: Plan | undefined): PolicyInput {
  const { right, environment, now, actor, approvers, lifts } = question;
  const teams = facts.filter((fact) => fact !== 'permission').map((fact) => fact.slice('team:'.length));
  const person = ({ login, permission = 'none', teams: known }: PersonFacts): PolicyPerson => ({
    login,
    ...(facts.includes('permission') ? { permission } : {}),
    teams: Object.fromEntries(teams.map((team) => [team, isMember(known, team)])),
  });
  return {
    format: POLICY_INPUT_FORMAT,
    purpose: right,
    environment,
    time: now.toISOString(),
    actor: typeof actor === 'string' ? { kind: actor } : { kind: 'person', ...person(actor) },
    approvals: approvers.map(person),
    lifts: [...lifts],
    plan: plan ?? null,
  };
}

function isMember(known: PersonFacts['teams'], team: string): boolean {
  const answer = known[team] ?? `nobody asked about team ${team}`;
  if (typeof answer === 'string') throw new UnsupportedError(answer);
  return answer;
}
