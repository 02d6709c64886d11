import type { Phase } from '../../model/phase.ts';
import type { Machine } from './api.ts';

/** Fly's states of a machine. A word that is not here is `unknown`: keep asking. */
const PHASE: Record<string, Phase> = {
  created: 'queued',
  creating: 'queued',
  starting: 'releasing',
  restarting: 'releasing',
  updating: 'releasing',
  replacing: 'releasing',
  stopping: 'releasing',
  suspending: 'releasing',
  started: 'live',
  suspended: 'sleeping',
  failed: 'failed',
  launch_failed: 'failed',
  destroying: 'removed',
  destroyed: 'removed',
  replaced: 'superseded',
  migrated: 'superseded',
};

/** Live is started with every check passing; stopped is asleep, as the proxy wakes it, unless it fell over. */
export function phaseOf({ state, checks, events }: Machine): Phase {
  if (state === 'stopped') return crashed(events ?? []) ? 'failed' : 'sleeping';
  const phase = Object.hasOwn(PHASE, state) ? PHASE[state]! : 'unknown';
  const passing = (checks ?? []).every(({ status }) => status === 'passing');
  return phase === 'live' && !passing ? 'releasing' : phase;
}

/** From what is worst to what is best: one machine that is not live keeps the whole from being live. */
const ORDER: readonly Phase[] = [
  'failed',
  'canceled',
  'removed',
  'superseded',
  'unknown',
  'queued',
  'building',
  'releasing',
  'live',
  'sleeping',
];

/** The phase of all machines together; `queued` while there is none. */
export function phaseOfAll(machines: readonly Machine[]): Phase {
  const phases = new Set(machines.map(phaseOf));
  return ORDER.find((phase) => phases.has(phase)) ?? 'queued';
}

/** What a machine has to say about why it is not live: Fly has no logs in this API. */
export function reasons({ name, checks, events }: Machine): string[] {
  return [
    ...(events ?? []).toReversed().map((event) => `${name}: ${event.type} ${event.status}${exitOf(event.request)}`),
    ...(checks ?? []).flatMap(({ name: check, status, output }) =>
      [`${name}: check ${check} is ${status}`, ...(output ?? '').split('\n').filter(Boolean)].slice(0, 20),
    ),
  ];
}

type MachineEvent = NonNullable<Machine['events']>[number];

interface Exit {
  exit_code?: number;
  requested_stop?: boolean;
  oom_killed?: boolean;
}

function exitEvent(request: unknown): Exit | undefined {
  return (request as { exit_event?: Exit } | null | undefined)?.exit_event;
}

function crashed(events: readonly MachineEvent[]): boolean {
  const exit = exitEvent(events.find(({ type }) => type === 'exit')?.request);
  return exit !== undefined && exit.requested_stop !== true && (exit.exit_code ?? 0) !== 0;
}

function exitOf(request: unknown): string {
  const exit = exitEvent(request);
  if (!exit) return '';
  return ` with code ${exit.exit_code ?? 'unknown'}${exit.oom_killed ? ', out of memory' : ''}`;
}
