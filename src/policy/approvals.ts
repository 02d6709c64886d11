import type { Notice } from '../model/plan.ts';
import type { ApprovalRule, Denial, PersonFacts } from '../model/policy.ts';
import type { Question } from './question.ts';
import { rulesFor, type Found } from './rules-for.ts';
import { holds, isAmong, isSame, whoWords } from './who.ts';

/** The rule about approvals that holds in an environment. */
export function approvalsFor({
  policy,
  environment,
}: Pick<Question, 'policy' | 'environment'>): Found<ApprovalRule> | undefined {
  return rulesFor(policy, environment)(({ approvals }) => approvals, 'approvals');
}

/** Whether somebody's approval counts for something; true, or why not. */
export function mayApprove(rule: ApprovalRule, person: PersonFacts): true | string {
  const { anyOf = ['permission:write'], allOf = [] } = rule;
  return isAmong({ anyOf: [...anyOf, ...allOf] }, person);
}

/** Whose approval counts, in words. */
export function approverWords({ anyOf = ['permission:write'], allOf = [] }: ApprovalRule): string {
  return whoWords({ anyOf: [...new Set([...anyOf, ...allOf])] });
}

/** Whether a plan has the approvals that it needs; before an apply it is said what will be needed. */
export function judgeApprovals(question: Question): { rule: string; denial?: Denial; warning?: Notice } | undefined {
  const { right, actor, approvers, involved, plan, isEmpty, position, environment } = question;
  const found = approvalsFor(question);
  if (!found || isEmpty) return undefined;
  const { path: rule, value } = found;
  const needs = `${value.count === 1 ? 'an approval' : `${value.count} approvals`} by ${approverWords(value)}`;
  const each = value.allOf?.length ? `, one of each of ${value.allOf.join(' and ')}` : '';
  if (right === 'plan')
    return value.for.includes('apply')
      ? {
          rule,
          warning: { message: `before it is applied it needs ${needs}${each} (${rule})`, position: position(rule) },
        }
      : undefined;
  if (!value.for.includes(right) || plan === undefined) return undefined;
  if (actor === 'unknown')
    return {
      rule,
      warning: {
        message: `${rule} asks for ${needs}, which cannot be checked on this machine; --github checks it`,
        position: position(rule),
      },
    };
  const counted = approvers.filter(
    (person) =>
      mayApprove(value, person) === true && (value.self || !involved.some((login) => isSame(login, person.login))),
  );
  const missing = (value.allOf ?? []).filter((term) => !counted.some((person) => holds(term, person) === true));
  if (counted.length >= value.count && missing.length === 0) return { rule };
  const so =
    counted.length === 0 ? 'has none' : `has ${counted.length}, by ${counted.map(({ login }) => login).join(', ')}`;
  const self = value.self ? '' : '; their own approval does not count for those who set it off or made the commit';
  return {
    rule,
    denial: {
      rule,
      position: position(rule),
      message: `this plan needs ${needs}${each}, and ${so}${self}`,
      mend: `flotilla approve ${plan} --env ${environment}, or the comment /flotilla approve ${plan} --env ${environment}; then ${right} again`,
    },
  };
}
