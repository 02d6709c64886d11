import { blockOf, judgePolicy, type Judgement } from './judge-policy.ts';
import type { Config } from './model/config.ts';
import { tagOf } from './model/errors.ts';
import type { Plan } from './model/plan.ts';
import type { Right } from './model/policy.ts';
import type { RecordedState } from './model/state.ts';
import type { Ports } from './ports.ts';
import type { Connections } from './provider-kit/connection.ts';
import { noteEvent } from './record/note-event.ts';
import type { Snapshot } from './record/store.ts';
import type { Request } from './request.ts';

/** What a plan is made for: only to `look` what there is, as health runs do, is nobody's act. */
export type Purpose = 'look' | 'plan' | 'apply' | 'import';

interface Facts {
  request: Request;
  purpose: Purpose;
  config: Config;
  snapshot: Snapshot;
  recorded: RecordedState;
  connections: Connections;
}

/** A plan with what the policy has to say to it: what it forbids blocks the plan, and no name lifts that. Errors as `judgePolicy`. */
export async function holdToPolicy(
  made: Plan,
  { request, purpose, recorded, ...facts }: Facts,
  ports: Ports,
): Promise<{ plan: Plan; judgement: Judgement | undefined }> {
  if (purpose === 'look') return { plan: made, judgement: undefined };
  const { environment, allow } = request;
  const right = purpose === 'plan' ? 'plan' : rightOf(request);
  const judgement = await judgePolicy(
    {
      ...facts,
      right,
      environment,
      // What is imported goes by the rule for `apply`, and is looked at before it is done: nobody has to approve it.
      ...(purpose === 'import' ? {} : { hash: made.hash }),
      plan: made,
      recorded: recorded.environment,
      // What lifting would allow is shown in a plan; who may lift it is asked when it is done.
      lifts: right === 'plan' ? [] : [...allow.keys()],
    },
    ports,
  );
  const warnings = [...made.warnings, ...judgement.warnings];
  return { plan: { ...made, warnings, blocks: [...made.blocks, ...judgement.denials.map(blockOf)] }, judgement };
}

/** What an apply is, by what it was asked for. */
function rightOf({ intent, only }: Request): Right {
  if (only !== undefined) return 'heal';
  return intent.kind === 'converge' ? 'apply' : intent.kind;
}

/** The journal is told of what was forbidden as it is of what was done. One commit; none where nothing was forbidden, or may be written. */
export async function noteDenial(
  { plan, judgement }: { plan: Plan; judgement: Judgement | undefined },
  { store, run, clock }: Ports,
): Promise<void> {
  const { decision, denials = [] } = judgement ?? {};
  if (!decision || denials.length === 0) return;
  const { fleet, environment, commit, hash } = plan;
  const noting = { store, environment, fleet, ...run, clock: clock.now, random: clock.random, delay: clock.delay };
  const message = denials
    .map(({ rule, message: why }) => `${rule}: ${why}`)
    .join('; ')
    .slice(0, MESSAGE_LENGTH);
  try {
    await noteEvent(noting, { kind: 'apply.denied', commit, plan: hash, message, data: decision });
  } catch (error) {
    if (tagOf(error) !== 'credential') throw error;
  }
}

/** Longest message in the journal, in characters. */
const MESSAGE_LENGTH = 500;
