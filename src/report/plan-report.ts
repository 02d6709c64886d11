import { ERROR_TABLE, type Conclusion, type Failure } from '../model/errors.ts';
import type { Block, Plan, Step } from '../model/plan.ts';
import { plural } from '../model/words.ts';
import {
  CHECK_LIMIT,
  PLAN_AGAIN,
  annotate,
  type Annotation,
  type CheckReport,
  type ReportContext,
} from './check-report.ts';
import { compose, type Section } from './cut.ts';
import { code, details, fence, htmlCode, inert, link, row, tableHead } from './markdown.ts';
import { sourceOf, useOf, whyThere } from './placement-words.ts';
import { ACTIONS, changeLines, planTitle, shortCommit, shortHash } from './plan-words.ts';
import { clip } from './visible.ts';

/** A plan as a check run: green when it can be applied whole, `action_required` when a guard stands in the way. */
export function planReport(plan: Plan, context: ReportContext = {}): CheckReport {
  const whole = context.url ? link('the whole plan', context.url) : undefined;
  return {
    title: planTitle(plan),
    summary: compose(planSummary(plan, context), CHECK_LIMIT.text, whole),
    text: compose(planText(plan), CHECK_LIMIT.text, whole),
    annotations: planAnnotations(plan),
    conclusion: plan.blocks.length > 0 ? 'action_required' : gravest(plan.unread.map(({ failure }) => failure)),
    actions: [PLAN_AGAIN],
  };
}

/** What the plan comes to: the line of facts, what blocks it, warnings, the table of steps. */
export function planSummary(plan: Plan, context: ReportContext): Section[] {
  return [
    { head: `${planFacts(plan, context)}\n` },
    ...blockSection(plan.blocks),
    ...unreadSection(plan),
    ...(plan.warnings.length === 0
      ? []
      : [
          {
            head: '**Warnings**\n\n',
            rows: plan.warnings.map(({ message, position }) => `- ${inert(clip(message, 1000))}${at(position)}\n`),
          },
        ]),
    ...(plan.steps.length === 0
      ? []
      : [{ head: tableHead(['', 'Resource', 'Action', 'Provider', 'Because']), rows: plan.steps.map(stepRow) }]),
  ];
}

/** Step by step what would differ, why each resource is placed where it is, and what that uses of the accounts' limits. */
export function planText(plan: Plan): Section[] {
  const placed = Object.entries(plan.placement).flatMap(([resource, assignments]) =>
    assignments.map((assignment) => {
      const { provider, region, replicas } = assignment;
      const why = inert(clip(whyThere(assignment), 400));
      return row([code(resource), code(provider), region ? code(region) : '', String(replicas), why]);
    }),
  );
  const limits = (plan.forecasts ?? []).map((forecast) => {
    const { used, limit, share } = useOf(forecast);
    return row([code(forecast.provider), inert(used), inert(limit), share, inert(sourceOf(forecast))]);
  });
  return [
    ...(plan.steps.length === 0 ? [] : [{ rows: plan.steps.map(stepDetails) }]),
    ...(placed.length === 0
      ? []
      : [
          { head: `#### Placement\n\n${tableHead(['Resource', 'On', 'Region', 'Replicas', 'Because'])}`, rows: placed },
        ]),
    ...(limits.length === 0
      ? []
      : [{ head: `#### Limits\n\n${tableHead(['On', 'Used', 'Limit', 'Share', 'By'])}`, rows: limits }]),
  ];
}

export function blockSection(blocks: Block[]): Section[] {
  if (blocks.length === 0) return [];
  const rows = blocks.map(
    ({ guard, message, resources, liftable, lift, position }) =>
      `- **${inert(guard)}**: ${inert(clip(message, 1000))}${at(position)}\n` +
      (resources.length === 0
        ? ''
        : `  - concerns ${resources.slice(0, 20).map(code).join(', ')}${resources.length > 20 ? ` and ${resources.length - 20} more` : ''}\n`) +
      `  - ${liftable ? 'to go on' : 'to mend it'}: ${code(clip(lift, 500))}${liftable ? `, or run the workflow by hand with ${code(allowed(lift))} as what it may lift` : ''}\n`,
  );
  return [{ head: '**Blocked.** Nothing is changed until this is lifted.\n\n', rows }];
}

/** What the workflow's `allow` input takes, out of the words for a command line. */
function allowed(lift: string): string {
  return clip([...lift.matchAll(/--allow (\S+)/g)].map(([, word]) => word).join(' '), 500);
}

/** Providers that could not be asked: what lives there is unknown, and left alone. */
export function unreadSection({ unread }: Plan): Section[] {
  if (unread.length === 0) return [];
  const rows = unread.map(
    ({ provider, failure, resources }) =>
      `- ${code(provider)}, where ${plural(resources.length, 'resource')} ${resources.length === 1 ? 'lives' : 'live'}: ${inert(clip(failure.message, 1000))}\n` +
      (failure.mend ? `  - to mend it: ${inert(clip(failure.mend, 500))}\n` : ''),
  );
  return [{ head: '**Could not be asked.** What is there is left alone.\n\n', rows }];
}

/** The conclusion of several failures: only when the user must act for each of them is it asked of the user. */
export function gravest(failures: Failure[]): Conclusion {
  if (failures.length === 0) return 'success';
  return failures.every(({ tag }) => ERROR_TABLE[tag].conclusion === 'action_required') ? 'action_required' : 'failure';
}

function planFacts(plan: Plan, { requests }: ReportContext): string {
  return [
    `**${planTitle(plan)}**, ${plan.unchanged} unchanged`,
    `fleet ${code(plan.fleet)}, environment ${code(plan.environment)}, commit ${code(shortCommit(plan.commit))}`,
    plan.basis === 'live' ? 'providers asked' : 'from the record only, providers not asked',
    `plan ${code(shortHash(plan.hash))}`,
    ...(requests === undefined ? [] : [plural(requests, 'API request')]),
  ].join(' · ');
}

function stepRow(step: Step): string {
  const { sign } = ACTIONS[step.action];
  return row([code(sign), code(step.resource), step.action, code(step.provider), inert(clip(step.because, 300))]);
}

function stepDetails(step: Step): string {
  const head = `${ACTIONS[step.action].sign} ${htmlCode(step.id)} ${step.action}`;
  const lines = step.diff.slice(0, 200).flatMap(changeLines);
  if (step.diff.length > 200) lines.push(`… and ${step.diff.length - 200} more`);
  const after =
    step.after.length === 0
      ? ''
      : `After ${step.after.slice(0, 20).map(code).join(', ')}${step.after.length > 20 ? ', …' : ''}.\n\n`;
  const diff = lines.length === 0 ? '' : fence(lines, 'diff');
  return details(head, `${inert(clip(step.because, 300))}.\n\n${after}${diff}`);
}

function planAnnotations(plan: Plan): Annotation[] {
  return [
    ...plan.blocks.flatMap(({ guard, message, liftable, lift, position }) =>
      position
        ? [
            annotate(
              'failure',
              position,
              `Blocked by ${guard}`,
              `${message}\n${liftable ? 'To go on' : 'To mend it'}: ${lift}`,
            ),
          ]
        : [],
    ),
    ...plan.warnings.flatMap(({ message, position }) =>
      position ? [annotate('warning', position, 'Warning', message)] : [],
    ),
    ...plan.steps.flatMap(({ action, id, because, position }) =>
      position ? [annotate('notice', position, `${action} ${id}`, because)] : [],
    ),
  ];
}

function at(position: { file: string; line: number } | undefined): string {
  return position ? ` (${code(`${position.file}:${position.line}`)})` : '';
}
