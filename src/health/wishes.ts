import { MAINTENANCE_LABEL, MUTED_LABEL, type Incident, type Maintenance, type OpenIssue } from '../model/incident.ts';
import { parseAddress, type Address } from '../model/resource.ts';

/** What people say by issues: which incidents to keep quiet about, and when outages are expected. */
export interface Wishes {
  /** Ids of incidents. */
  muted: ReadonlySet<string>;
  maintenance: Maintenance[];
}

/** Who may label an issue may say this; the text of the issue alone says nothing. */
export function wishesOf(issues: readonly OpenIssue[], incidents: readonly Incident[]): Wishes {
  const quiet = new Set(issues.filter(({ labels }) => labels.includes(MUTED_LABEL)).map(({ number }) => number));
  return {
    muted: new Set(incidents.filter(({ issue }) => issue !== null && quiet.has(issue)).map(({ id }) => id)),
    maintenance: issues.filter(({ labels }) => labels.includes(MAINTENANCE_LABEL)).flatMap(windowOf),
  };
}

const TIME = /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?/g;

/** The first two times of the text; one without a zone is UTC. The resources that it names, or all. */
function windowOf({ number, title, body }: OpenIssue): Maintenance[] {
  const [from, to] = [...body.matchAll(TIME)].map(([time]) => momentOf(time));
  if (!from || !to || from >= to) return [];
  const resources = [...new Set(body.match(/\b[a-z]+\/[\w.-]*\w/g))].filter((text) => parseAddress(text)) as Address[];
  return [{ from, to, resources, reason: `${title} (#${number})` }];
}

function momentOf(text: string): string | undefined {
  const [date = '', time = ''] = [text.slice(0, 10), text.slice(11)];
  const zone = /(?:[+-]\d{2}:?\d{2})$/.exec(time)?.[0] ?? 'Z';
  const clock = time.replace(/ ?(?:Z|UTC|[+-]\d{2}:?\d{2})$/, '');
  const moment = new Date(`${date}T${clock}${zone}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
