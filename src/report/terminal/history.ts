import type { Event } from '../../model/state.ts';
import { shortHash } from '../plan-words.ts';
import { visible } from '../visible.ts';
import { align, type Look, type Palette } from './look.ts';

const TOLD: Record<Event['kind'], { sign: string; tint: keyof Palette } | undefined> = {
  'apply.started': { sign: '▶', tint: 'bold' },
  'step.intended': undefined,
  'step.succeeded': { sign: '✓', tint: 'green' },
  'step.failed': { sign: '✗', tint: 'red' },
  'step.skipped': { sign: '–', tint: 'dim' },
  'step.interrupted': { sign: '⏸', tint: 'yellow' },
  'apply.finished': { sign: '■', tint: 'bold' },
  'apply.denied': { sign: '✗', tint: 'red' },
  'plan.approved': { sign: '✓', tint: 'green' },
  'lease.taken-over': { sign: '⚑', tint: 'yellow' },
  'lease.unlocked': { sign: '⚑', tint: 'yellow' },
  'resource.imported': { sign: '=', tint: 'blue' },
  'incident.opened': { sign: '●', tint: 'red' },
  'incident.closed': { sign: '●', tint: 'green' },
  'heartbeat.received': { sign: '♥', tint: 'dim' },
};

/** The journal, newest first, an event a line; intents are left out, since each is followed by what became of it. */
export function renderHistory(events: Event[], { colours }: Look): string {
  const told = events.flatMap((event) => {
    const look = TOLD[event.kind];
    return look ? [{ event, look }] : [];
  });
  if (told.length === 0) return 'Nothing has happened here yet.\n';
  const rows = align(
    told.map(({ event }) => [
      event.at.replace('T', ' ').replace(/(\.\d+)?Z$/, ''),
      visible(what(event)),
      visible(event.actor),
      visible(event.message ?? ''),
    ]),
  );
  return told
    .map(({ look }, index) => {
      const { cells } = rows[index] as { cells: string[] };
      const [at = '', event = '', actor = '', message = ''] = cells;
      return `${colours.dim(at)}  ${colours[look.tint](`${look.sign} ${event}`)}  ${actor}  ${colours.dim(message)}`.trimEnd();
    })
    .join('\n')
    .concat('\n');
}

function what({ kind, action, resource, provider, run, plan }: Event): string {
  const about = resource ? ` ${resource}${provider ? `@${provider}` : ''}` : '';
  if (kind === 'incident.opened' || kind === 'incident.closed') return `${kind.replace('.', ' ')}${about}`;
  if (resource) return `${action ?? kind}${about}`;
  const words = {
    'apply.started': 'apply started',
    'apply.finished': 'apply finished',
    'apply.denied': 'apply denied',
    'plan.approved': 'plan approved',
    'lease.taken-over': 'lease taken over',
    'lease.unlocked': 'lease unlocked',
  };
  return `${words[kind as keyof typeof words] ?? kind}, ${plan ? `plan ${shortHash(plan)}` : `run ${run}`}`;
}
