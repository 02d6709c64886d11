import type { Notice } from '../model/plan.ts';
import type { OpaRule, Right, Who } from '../model/policy.ts';
import type { Position } from '../model/resource.ts';
import { approvalsFor, judgeApprovals } from './approvals.ts';
import { isFrozen } from './freeze.ts';
import { judgePlaces } from './places.ts';
import type { Question, Verdict } from './question.ts';
import { rulesFor, type Found } from './rules-for.ts';
import { addAsks, isAmong, whoWords, type Asks } from './who.ts';

/** What is done in a freeze all the same: it brings back what was. */
const THAWED: readonly Right[] = ['plan', 'rollback', 'unlock', 'heal'];

/** Whether the policy allows it, and if not, by which rules. Pure; a fact that is missing never allows anything. */
export function evaluate(question: Question): Verdict {
  const { policy, environment, right, actor, now, position } = question;
  const find = rulesFor(policy, environment);
  const { denials, warnings, rules } = judgePlaces(question, find);
  const deny = (rule: string, message: string, mend: string) =>
    denials.push({ rule, position: position(rule), message, mend });

  for (const { who, path, what } of peopleRules(question)) {
    if (actor !== 'unknown') rules.push(path);
    if (actor === 'anyone' || (who.anyOf === undefined && !who.allOf?.length)) continue;
    if (actor === 'unknown') warnings.push(unchecked(path, position(path)));
    else if (actor === 'schedule') {
      if (right !== 'heal' || who.anyOf?.length === 0)
        deny(path, `${what} is for ${whoWords(who)}, not for the schedule`, 'let one of them do it');
    } else {
      const among = isAmong(who, actor);
      if (among !== true)
        deny(
          path,
          `${what} is for ${whoWords(who)}: ${among}`,
          'ask one of them, or change the rule on the default branch',
        );
    }
  }

  const frozen = find(({ freeze }) => freeze, 'freeze');
  frozen?.value.forEach((window, index) => {
    if (!isFrozen(window, now)) return;
    const path = `${frozen.path}[${index}]`;
    const until = window.to === undefined || window.days || window.hours ? '' : ` until ${window.to}`;
    const message = `${environment} is frozen${until}: ${window.reason}`;
    if (right === 'plan') warnings.push({ message: `${message} (${path})`, position: position(path) });
    else if (!THAWED.includes(right)) deny(path, message, 'wait until it is over; rolling back and healing go on');
  });
  if (frozen) rules.push(frozen.path);

  const approving = judgeApprovals(question);
  if (approving) {
    if (!approving.warning) rules.push(approving.rule);
    if (approving.denial) denials.push(approving.denial);
    if (approving.warning) warnings.push(approving.warning);
  }
  return { denials, warnings: distinct(warnings), rules: [...new Set(rules)] };
}

/** What has to be found out about the one who asks. */
export function asksOf(question: Question, login: string): Asks {
  const asks: Asks = { permission: false, teams: new Set() };
  for (const { who } of peopleRules(question)) addAsks(asks, who, login);
  return withFacts(asks, question);
}

/** What has to be found out about one who approved. */
export function asksOfApprover(question: Pick<Question, 'policy' | 'environment'>, login: string): Asks {
  const asks: Asks = { permission: false, teams: new Set() };
  const rule = approvalsFor(question)?.value;
  // Every one of `allOf` is asked for, too: an approval may count for several.
  if (rule) {
    addAsks(asks, { anyOf: rule.anyOf ?? ['permission:write'] }, login);
    addAsks(asks, { allOf: rule.allOf ?? [] }, login);
  }
  return asks;
}

/** The policies in Rego that hold in an environment. */
export function bundlesFor({
  policy,
  environment,
}: Pick<Question, 'policy' | 'environment'>): Found<readonly OpaRule[]> | undefined {
  return rulesFor(policy, environment)(({ opa }) => opa, 'opa');
}

/** With what the policies in Rego are to be told of everybody who has to do with it. */
export function withFacts(asks: Asks, question: Pick<Question, 'policy' | 'environment'>): Asks {
  for (const fact of bundlesFor(question)?.value.flatMap(({ facts }) => facts) ?? [])
    if (fact === 'permission') asks.permission = true;
    else asks.teams.add(fact.slice('team:'.length));
  return asks;
}

/** The rules about the one who asks. */
function peopleRules({ policy, environment, right, lifts }: Question): { who: Who; path: string; what: string }[] {
  const find = rulesFor(policy, environment);
  const may = find(({ rights }) => rights[right], right);
  const lifting = lifts.flatMap((guard) => {
    const found = find(({ guards }) => guards?.[guard], `guards.${guard}`);
    return found ? [{ who: found.value, path: found.path, what: `lifting ${guard}` }] : [];
  });
  return [...(may ? [{ who: may.value, path: may.path, what: `${right} in ${environment}` }] : []), ...lifting];
}

function unchecked(path: string, position: Position): Notice {
  return {
    message: `${path} is about people on GitHub, whom this machine does not know: it is not checked here; --github checks it`,
    position,
  };
}

const distinct = (notices: Notice[]): Notice[] =>
  notices.filter(({ message }, index) => notices.findIndex((other) => other.message === message) === index);
