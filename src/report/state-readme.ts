import type { InstanceState, RecordedState, ResourceState } from '../model/state.ts';
import { REPOSITORY } from '../model/product.ts';
import { cut } from './cut.ts';
import { code, inert, link, row, tableHead } from './markdown.ts';
import { plural, shortCommit, shortHash } from './plan-words.ts';

/** Larger than any fleet that people read as a page, small enough to be rendered by GitHub. */
const SECTION_LIMIT = 200_000;

const HEAD = `# The fleet

What this repository runs, written by [Flotilla](${REPOSITORY}). This branch is its memory: do not edit it, do not delete it.
`;

/**
 * The state branch's README. Each environment has its own section between two comments and a run rewrites only its own, so
 * runs of different environments never undo each other's words.
 */
export function renderStateReadme(previous: string | undefined, environment: string, state: RecordedState): string {
  const sections = new Map(previous === undefined ? [] : sectionsOf(previous));
  sections.set(environment, section(environment, state));
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

function section(environment: string, { environment: facts, resources }: RecordedState): string {
  const rows = [...resources.values()]
    .toSorted((a, b) => (a.address < b.address ? -1 : 1))
    .flatMap((resource) =>
      Object.entries(resource.instances).map(([provider, instance]) => instanceRow(resource, provider, instance)),
    );
  const told = facts?.applied
    ? `Last apply ${facts.applied}: ${facts.outcome ?? 'not finished'}, commit ${code(shortCommit(facts.commit))}${facts.plan ? `, plan ${code(shortHash(facts.plan))}` : ''}.`
    : 'Nothing has been applied yet.';
  const table =
    rows.length === 0
      ? 'Nothing runs here.\n'
      : tableHead(['Resource', 'Runs on', 'Phase', 'Address']) + cut(rows, SECTION_LIMIT);
  return `## ${inert(environment)}\n\n${told} ${plural(rows.length, 'instance')}.\n\n${table}`;
}

function instanceRow({ address }: ResourceState, provider: string, instance: InstanceState): string {
  const { url } = instance.outputs;
  const phase = instance.error ? `${instance.phase}, last change failed` : instance.phase;
  return row([
    code(address),
    code(instance.region ? `${provider} (${instance.region})` : provider),
    inert(phase),
    url ? link(url, url) : '',
  ]);
}
