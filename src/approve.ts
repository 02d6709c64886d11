import { readConfig } from './config/read-config.ts';
import { factsOf, personBehind, sourceOf } from './judge-policy.ts';
import { ConflictError, PolicyError } from './model/errors.ts';
import { approvalsFor, approverWords, mayApprove } from './policy/approvals.ts';
import { asksOfApprover } from './policy/evaluate.ts';
import { isSame } from './policy/who.ts';
import type { Asker, Ports } from './ports.ts';
import { noteEvent } from './record/note-event.ts';
import type { Known } from './request.ts';

/** Approvals kept of plans that were not applied. */
const KEPT = 50;

/**
 * Records that whoever set this run off approves a plan, by its whole hash: it counts for that plan alone, until it is applied.
 * ConflictError for what is no hash, where nothing needs approvals, and where nobody can tell who people are; PolicyError for
 * somebody whose approval would not count.
 */
export async function approve(
  environment: string,
  plan: string,
  ports: Ports,
): Promise<{ actor: string; approvals: string[]; count: number }> {
  const { store, clock, run } = ports;
  // The beginning of a hash can be hit on purpose.
  if (!/^[0-9a-f]{64}$/.test(plan))
    throw new ConflictError(`"${plan}" is not the whole hash of a plan`, {
      mend: 'copy it from what the blocked apply says',
    });
  const snapshot = await store.read({ commit: null, environment });
  const config = await readConfig(snapshot.config, ports.configCache);
  const { actor, asker, count } = await approverOf(environment, { config, snapshot }, ports);
  const at = clock.now().toISOString();
  const { fleet } = config;
  const { now, random, delay } = clock;
  let approvals: string[] = [];
  await noteEvent(
    { store, environment, fleet, actor, run: run.run, clock: now, random, delay },
    {
      kind: 'plan.approved',
      commit: snapshot.commit,
      plan,
      data: {
        ...(asker.event ? { event: asker.event } : {}),
        ...(actor === asker.login ? {} : { through: asker.login }),
      },
    },
    (before) => {
      const others = (before.approvals ?? []).filter((one) => one.plan !== plan || !isSame(one.actor, actor));
      const all = [...others, { plan, actor, at }].slice(-KEPT);
      approvals = all.filter((one) => one.plan === plan).map((one) => one.actor);
      return { ...before, approvals: all };
    },
  );
  return { actor, approvals, count };
}

/** Who approves, if it would count, and how many have to. Errors as `approve`. */
export async function approverOf(
  environment: string,
  { config, snapshot }: Known,
  ports: Pick<Ports, 'people'>,
): Promise<{ actor: string; asker: Asker; count: number }> {
  const { people } = ports;
  if (!people) throw new ConflictError('who approves is known on GitHub only', { mend: 'add --github OWNER/NAME' });
  const source = await sourceOf(config, snapshot);
  if ('unreadable' in source) throw new PolicyError(source.unreadable.message, { mend: source.unreadable.mend });
  const { policy, app, position } = source;
  const found = policy && approvalsFor({ policy, environment });
  if (!policy || !found)
    throw new ConflictError(`nothing needs approvals in ${environment}`, {
      mend: `ask for them in flotilla.yml, under policy.${environment}.approvals`,
    });
  const asker = await people.asker();
  const actor = personBehind(asker, app);
  const facts = await factsOf(actor, asksOfApprover({ policy, environment }, actor), ports);
  const may = asker.scheduled ? 'the schedule is nobody' : mayApprove(found.value, facts);
  if (may === true) return { actor, asker, count: found.value.count };
  const { file, line } = position(found.path);
  const whose = approverWords(found.value);
  throw new PolicyError(`${file}:${line} ${found.path}: approving in ${environment} is for ${whose}: ${may}`, {
    mend: 'ask one of them',
  });
}
