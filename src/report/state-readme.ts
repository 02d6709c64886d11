import type { HealthStatus, InstanceHealth } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { FleetNumbers, ResourceNumbers } from '../model/numbers.ts';
import type { InstanceState, RecordedState, ResourceState } from '../model/state.ts';
import { REPOSITORY } from '../model/product.ts';
import { plural } from '../model/words.ts';
import { cut } from './cut.ts';
import { code, inert, link, row, tableHead } from './markdown.ts';
import { percent, shortCommit, shortHash } from './plan-words.ts';

/** Larger than any fleet that people read as a page, small enough to be rendered by GitHub. */
const SECTION_LIMIT = 200_000;
const INCIDENTS_LIMIT = 10_000;

const HEAD = `# The fleet

What this repository runs, written by [Flotilla](${REPOSITORY}). This branch is its memory: do not edit it, do not delete it.
`;

/** What else is told at a glance. None of it changes with every run, so neither does the page. */
export interface Glance {
  /** Those that are closed are not told. */
  incidents: readonly Incident[];
  /** For the uptime of 30 days. */
  numbers?: FleetNumbers;
}

/**
 * The state branch's README. Each environment has its own section between two comments and a run rewrites only its own, so
 * runs of different environments never undo each other's words.
 */
export function renderStateReadme(
  previous: string | undefined,
  environment: string,
  state: RecordedState,
  glance?: Glance,
): string {
  const sections = new Map(previous === undefined ? [] : sectionsOf(previous));
  sections.set(environment, section(environment, state, glance));
  const ordered = [...sections].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${HEAD}\n${ordered.map(([name, body]) => `${begin(name)}\n${body.trim()}\n${END}\n`).join('\n')}`;
}

const END = '<!-- flotilla:end -->';

/** Names are encoded so that none can close the comment. */
function begin(environment: string): string {
  return `<!-- flotilla:environment ${encodeURIComponent(environment).replaceAll('-', '%2D')} -->`;
}

function sectionsOf(text: string): [string, string][] {
  const pattern = /<!-- flotilla:environment (\S+) -->\n([\s\S]*?)\n<!-- flotilla:end -->/g;
  return [...text.matchAll(pattern)].flatMap(([, name, body]) => {
    try {
      return [[decodeURIComponent(name as string), body as string] as [string, string]];
    } catch {
      return [];
    }
  });
}

function section(
  environment: string,
  { environment: facts, resources, health }: RecordedState,
  glance: Glance | undefined,
): string {
  const rows = [...resources.values()]
    .toSorted((a, b) => (a.address < b.address ? -1 : 1))
    .flatMap((resource) =>
      Object.entries(resource.instances).map(([provider, instance]) =>
        row([
          ...instanceCells(resource, provider, instance),
          ...(health ? [healthCell(health.instances[`${resource.address}@${provider}`])] : []),
          ...(glance?.numbers ? [uptimeCell(glance.numbers.resources[resource.address])] : []),
        ]),
      ),
    );
  const told = facts?.applied
    ? `Last apply ${facts.applied}: ${facts.outcome ?? 'not finished'}, commit ${code(shortCommit(facts.commit))}${facts.plan ? `, plan ${code(shortHash(facts.plan))}` : ''}.`
    : 'Nothing has been applied yet.';
  const watched = [...(health ? ['Health'] : []), ...(glance?.numbers ? ['Uptime, 30 days'] : [])];
  const columns = ['Resource', 'Runs on', 'Phase', 'Address', ...watched];
  const table = rows.length === 0 ? 'Nothing runs here.\n' : tableHead(columns) + cut(rows, SECTION_LIMIT);
  const incidents = glance ? openIncidents(glance.incidents) : '';
  return `## ${inert(environment)}\n\n${told} ${plural(rows.length, 'instance')}.\n\n${incidents}${table}`;
}

function instanceCells({ address }: ResourceState, provider: string, instance: InstanceState): string[] {
  const { url } = instance.outputs;
  const phase = instance.error ? `${instance.phase}, last change failed` : instance.phase;
  return [
    code(address),
    code(instance.region ? `${provider} (${instance.region})` : provider),
    inert(phase),
    url ? link(url, url) : '',
  ];
}

/** Each with its word beside it: colours alone say nothing to some. */
const SIGNS: Record<HealthStatus, string> = { up: '🟢', suspect: '🟡', down: '🔴', flapping: '🟠', unknown: '⚪' };

const healthCell = (health: InstanceHealth | undefined): string =>
  health ? `${SIGNS[health.status]} ${health.status}` : '';

const uptimeCell = (numbers: ResourceNumbers | undefined): string => {
  const share = numbers?.uptime.month.share ?? null;
  return share === null ? '' : percent(share);
};

function openIncidents(incidents: readonly Incident[]): string {
  const open = incidents.filter(({ closed }) => closed === undefined).toSorted((a, b) => (a.began < b.began ? -1 : 1));
  if (open.length === 0) return 'No incident is open.\n\n';
  const lines = open.map(
    ({ title, began, issue }) =>
      `- ${inert(title)}, since ${inert(began)}${issue === null ? '' : ` (issue ${issue})`}\n`,
  );
  return `${plural(open.length, 'incident is', 'incidents are')} open:\n\n${cut(lines, INCIDENTS_LIMIT)}\n`;
}
