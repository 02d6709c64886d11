import type { PolicySource } from './config/read-policy.ts';
import type { Config } from './model/config.ts';
import { PolicyError, tagOf } from './model/errors.ts';
import type { GuardName } from './model/guard.ts';
import type { Block, Plan } from './model/plan.ts';
import type { Denial, PersonFacts, Right } from './model/policy.ts';
import type { Json } from './model/resource.ts';
import type { EnvironmentState } from './model/state.ts';
import { asksOf, asksOfApprover, bundlesFor, evaluate, withFacts } from './policy/evaluate.ts';
import type { AccountFacts, Question, Verdict } from './policy/question.ts';
import { isSame, type Asks } from './policy/who.ts';
import type { Asker, Ports } from './ports.ts';
import type { Connections } from './provider-kit/connection.ts';
import type { Snapshot } from './record/store.ts';
import { isPreview } from './trigger.ts';

/** What is to be judged. */
export interface Case {
  right: Right;
  environment: string;
  /** The config of the commit that is worked on; the policy is that of the default branch. */
  config: Config;
  snapshot: Pick<Snapshot, 'config' | 'onDefault' | 'author' | 'beside'>;
  /** Absent for what is done without a plan. */
  plan?: Plan | undefined;
  /** By which it is approved; absent for what nobody approves. */
  hash?: string;
  lifts?: readonly GuardName[];
  connections?: Connections;
  /** The environment as it is recorded. */
  recorded?: EnvironmentState | null;
}

export interface Judgement extends Verdict {
  /** For the journal: what was decided, by which rules, for whom. Absent where there is no policy. */
  decision?: Record<string, Json>;
}

const NOTHING: Judgement = { denials: [], warnings: [], rules: [] };

/**
 * Holds a case against the policy of the default branch. Who people are is asked of GitHub now, and only what a rule asks for:
 * without one, nothing. Errors as the port to GitHub.
 */
export async function judgePolicy(asked: Case, ports: Ports): Promise<Judgement> {
  const { right, environment, config, snapshot, plan, hash, lifts = [], connections, recorded } = asked;
  const source = await sourceOf(config, snapshot);
  if ('unreadable' in source) return { ...NOTHING, denials: [source.unreadable] };
  // A pull request's copy is taken away by whatever closes it. What is one, the default branch says.
  const isCopy = isPreview(source, environment);
  if (right === 'destroy' && isCopy) return NOTHING;
  const { policy, app } = source;
  if (!policy) return NOTHING;

  const { people } = ports;
  const approvals = recorded?.approvals?.filter((approval) => approval.plan === hash) ?? [];
  const question: Question = {
    policy,
    position: source.position,
    environment,
    right,
    actor: 'unknown',
    involved: snapshot.author === undefined ? [] : [snapshot.author],
    now: ports.clock.now(),
    lifts: isCopy ? [] : lifts,
    approvers: [],
    plan: hash,
    isEmpty: plan !== undefined && plan.steps.length === 0,
    placement: plan?.placement ?? {},
    accounts: accountsOf(plan, connections),
  };
  // What the record says is for whoever may read it: nobody in particular asks.
  if (right === 'plan' && plan?.basis === 'recorded') return verdictOn({ ...question, actor: 'anyone' }, asked, ports);
  const decided = async (told: Record<string, Json>) =>
    withDecision(await verdictOn(question, asked, ports), source, told);
  if (!people) return decided({});

  const asker = await people.asker();
  const login = personBehind(asker, app);
  const find = (name: string, asks: Asks) => factsOf(name, asks, ports);
  // The App looks after health by itself as the schedule does.
  const isClock = asker.scheduled || (right === 'heal' && asker.onBehalfOf === undefined && isApp(asker, app));
  question.actor = isClock ? 'schedule' : await find(login, asksOf(question, login));
  question.involved = [...question.involved, login, asker.login, ...(asker.others ?? [])];
  // Whoever approved is asked about again: one who left the team does not count any more.
  const approvers = [...new Map(approvals.map(({ actor }) => [actor.toLowerCase(), actor])).values()];
  question.approvers = await Promise.all(
    approvers.map((name) => find(name, withFacts(asksOfApprover(question, name), question))),
  );
  const judgement = await decided({
    ...(asker.event ? { event: asker.event } : {}),
    ...(login === asker.login ? {} : { for: login }),
    ...(approvers.length > 0 ? { approvals: approvers } : {}),
  });
  if (login !== asker.login || asker.onBehalfOf === undefined || judgement.denials.length === 0) return judgement;
  const message = `${asker.login} says that it acts for ${asker.onBehalfOf}, which is believed only of the App that flotilla.yml names on the default branch, as app: NAME`;
  return { ...judgement, warnings: [...judgement.warnings, { message }] };
}

/** What the config's own rules say, and the policies in Rego, of which most fleets have none. */
async function verdictOn(question: Question, { snapshot, plan }: Case, ports: Ports): Promise<Verdict> {
  const own = evaluate(question);
  if (!bundlesFor(question)) return own;
  const { judgeOpa } = await import('./judge-opa.ts');
  const { denials, warnings, rules } = await judgeOpa(question, { snapshot, plan }, ports);
  return {
    denials: [...own.denials, ...denials],
    warnings: [...own.warnings, ...warnings],
    rules: [...own.rules, ...rules],
  };
}

/** The verdict with what the journal is to say of it. */
function withDecision(verdict: Verdict, source: PolicySource, told: Record<string, Json>): Judgement {
  const { denials, rules } = verdict;
  const isDenied = denials.length > 0;
  const by = (isDenied ? denials.map(({ rule }) => rule) : rules).map((rule) => ruleAt(rule, source));
  return { ...verdict, decision: { decision: isDenied ? 'denied' : 'allowed', rules: by, ...told } };
}

/** The rules that count: of the default branch where there is one. Such as cannot be read forbid everything. */
export async function sourceOf(
  config: Config,
  { config: files, onDefault }: Case['snapshot'],
): Promise<PolicySource | { unreadable: Denial }> {
  if (onDefault === undefined || onDefault === files) return config;
  // Where there is no fleet on the default branch, it rules nothing, and allows nothing that only it may allow.
  if (onDefault.size === 0)
    return { environments: config.environments, incidents: { allowPrivate: false }, position: config.position };
  try {
    // With it come the parser and the schema, which a config that is remembered does without.
    const { readPolicy } = await import('./config/read-policy.ts');
    return await readPolicy(onDefault);
  } catch (error) {
    if (tagOf(error) !== 'config') throw error;
    return {
      unreadable: {
        rule: 'policy',
        position: { file: 'flotilla.yml', line: 1, column: 1 },
        message: `the policy cannot be read from the default branch: ${(error as Error).message.split('\n')[0]}`,
        mend: 'mend flotilla.yml on the default branch',
      },
    };
  }
}

/** Whether probes and the webhook may go to private addresses, which only the default branch may allow. */
export async function mayAskPrivate(config: Config, snapshot: Case['snapshot']): Promise<boolean> {
  const source = await sourceOf(config, snapshot);
  return !('unreadable' in source) && source.incidents.allowPrivate;
}

/** Whom a run is for: the App that the policy names speaks for others, and nobody else does. */
export function personBehind(asker: Asker, app: string | undefined): string {
  return asker.onBehalfOf !== undefined && isApp(asker, app) ? asker.onBehalfOf : asker.login;
}

const isApp = ({ login }: Asker, app: string | undefined): boolean => app !== undefined && isSame(login, `${app}[bot]`);

/** What a rule asks about somebody. */
export async function factsOf(login: string, asks: Asks, { people }: Pick<Ports, 'people'>): Promise<PersonFacts> {
  const [permission, teams] = await Promise.all([
    asks.permission ? people?.permission(login) : undefined,
    Promise.all(
      [...asks.teams].map(async (team): Promise<[string, boolean | string]> => [
        team,
        (await people?.isMember(team, login)) ?? 'nobody could be asked',
      ]),
    ),
  ]);
  return { login, ...(permission ? { permission } : {}), teams: Object.fromEntries(teams) };
}

/** A denial that no name lifts. */
export function blockOf({ rule, position, message, mend }: Denial): Block {
  const where = `${position.file}:${position.line} ${rule}`;
  return { guard: 'policy', message: `${where}: ${message}`, resources: [], liftable: false, lift: mend, position };
}

/** For what is done without a plan. @throws PolicyError with every rule that forbids it */
export function refuseDenied(judgement: Pick<Verdict, 'denials'> | undefined): void {
  const { denials = [] } = judgement ?? {};
  const [first] = denials;
  if (!first) return;
  throw new PolicyError(denials.map((denial) => blockOf(denial).message).join('\n'), { mend: first.mend });
}

function ruleAt(rule: string, { position }: PolicySource): string {
  const { file, line } = position(rule);
  return `${file}:${line} ${rule}`;
}

function accountsOf(plan: Plan | undefined, connections: Connections | undefined): Record<string, AccountFacts> {
  const used = new Set(Object.values(plan?.placement ?? {}).flatMap((all) => all.map(({ provider }) => provider)));
  return Object.fromEntries(
    [...(connections ?? [])].flatMap(([name, { account, provider }]): [string, AccountFacts][] => {
      if (!used.has(name)) return [];
      const said = account.options['plan'];
      const plan = typeof said === 'string' ? said : 'free';
      // What each single resource may have tells nothing of what they cost.
      const isFreeKnown = (provider.limits ?? []).some(
        ({ measure, each, plan: of = 'free' }) => measure && !each && of === 'free',
      );
      return [[name, { type: provider.type, plan, isFreeKnown }]];
    }),
  );
}
