import type { Phase } from '../../model/phase.ts';
import type { InstanceState, RecordedState, ResourceState } from '../../model/state.ts';
import { duration, shortCommit } from '../plan-words.ts';
import { visible } from '../visible.ts';
import { align, type Look, type Palette } from './look.ts';

const TINT: Record<Phase, keyof Palette> = {
  queued: 'yellow',
  building: 'yellow',
  releasing: 'yellow',
  live: 'green',
  failed: 'red',
  canceled: 'red',
  superseded: 'dim',
  sleeping: 'blue',
  removed: 'dim',
  unknown: 'yellow',
};

/** What runs where in one environment. `now` in milliseconds since 1970. */
export function renderStatus(
  environment: string,
  { environment: facts, resources, secrets }: RecordedState,
  look: Look,
  now: number,
): string {
  const { colours } = look;
  const instances = [...resources.values()]
    .toSorted((a, b) => (a.address < b.address ? -1 : 1))
    .flatMap(({ address, instances }) =>
      Object.entries(instances).map(([provider, instance]) => ({ address, provider, instance })),
    );
  const rows = align(
    instances.map(({ address, provider, instance }) => [
      visible(address),
      visible(instance.region ? `${provider} (${instance.region})` : provider),
      instance.phase,
      visible(instance.outputs.url ?? ''),
    ]),
  );
  const lines = [
    `${colours.bold(visible(environment))} ${colours.dim(applied(facts, now))}`,
    ...(facts?.lease && Date.parse(facts.lease.expires) > now
      ? [
          colours.yellow(
            `being applied by ${visible(facts.lease.actor)} (run ${visible(facts.lease.run)}), until ${facts.lease.expires} at the latest`,
          ),
        ]
      : []),
    '',
    ...instances.flatMap(({ instance }, index) => {
      const { cells } = rows[index] as { cells: string[] };
      const tint = colours[TINT[instance.phase]];
      const [name = '', provider = '', phase = '', url = ''] = cells;
      return [
        `  ${tint('●')} ${colours.bold(name)}  ${provider}  ${tint(phase)}  ${colours.cyan(url)}`.trimEnd(),
        ...remarks(instance).map((line) => `      ${colours.yellow(line)}`),
      ];
    }),
    ...secretLines([...secrets.values()], look, now),
    ...(instances.length === 0 ? ['  Nothing runs here. Start with: flotilla apply'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Secrets that the fleet issued: which value, and how old. */
function secretLines(secrets: readonly ResourceState[], { colours }: Look, now: number): string[] {
  const rows = secrets.flatMap(({ address, instances }) =>
    Object.entries(instances)
      .filter(([, { phase }]) => phase !== 'removed')
      .map(([value, instance]) => ({ address, value, instance })),
  );
  const cells = align(rows.map(({ address, value }) => [visible(address), visible(value)]));
  return rows.flatMap(({ instance }, index) => {
    const { cells: [name = '', value = ''] = [] } = cells[index] ?? {};
    const at = instance.deployments[0]?.at;
    const age = at === undefined ? 'not issued to the end' : `${duration(Math.max(0, now - Date.parse(at)))} old`;
    return [
      `  ${colours.dim('○')} ${colours.bold(name)}  ${value}  ${colours.dim(age)}`,
      ...remarks(instance).map((line) => `      ${colours.yellow(line)}`),
    ];
  });
}

function remarks({ error, heldBack, intent }: InstanceState): string[] {
  return [
    ...(error ? [`last change failed: ${visible(error)}`] : []),
    ...(heldBack ? [`rolled back; the config's version ${visible(heldBack)} is held back until it changes`] : []),
    ...(intent ? [`${intent.action} was begun at ${intent.at} by run ${visible(intent.run)}, and not ended`] : []),
  ];
}

function applied(facts: RecordedState['environment'], now: number): string {
  if (!facts?.applied) return 'never applied';
  const ago = duration(Math.max(0, now - Date.parse(facts.applied)));
  return `fleet ${visible(facts.fleet)}, ${shortCommit(facts.commit)}, applied ${ago} ago: ${facts.outcome ?? 'not finished'}`;
}
