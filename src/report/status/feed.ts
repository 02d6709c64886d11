import { digest } from '../../model/canonical.ts';
import { isOutage, type Incident, type Maintenance } from '../../model/incident.ts';
import { clip } from '../visible.ts';
import { isOpen, newestFirst } from './incident-kinds.ts';
import { lasted } from './incident-parts.ts';
import { markup, safeUrl, when } from './markup.ts';
import type { StatusInput } from './status-input.ts';

const MOST = 50;

interface Entry {
  id: string;
  title: string;
  updated: string;
  /** HTML. */
  content: string;
}

/** `feed.xml`, Atom (RFC 4287): an entry an incident and a maintenance. Its ids stay when the page moves. */
export function feed(input: StatusInput): string {
  const { fleet, environment, status, generated, incidents, maintenance } = input;
  const entries = [
    ...newestFirst(incidents.filter(isOutage)).map((one) => incidentEntry(one, input)),
    ...maintenance.map((one) => maintenanceEntry(one, input)),
  ]
    .toSorted((a, b) => Date.parse(b.updated) - Date.parse(a.updated))
    .slice(0, MOST);
  const home = safeUrl(status.url)?.replace(/\/$/, '');
  const text = markup`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
    <id>${uuid([fleet, environment])}</id>
    <title>${status.title}</title>
    ${status.description !== undefined && markup`<subtitle>${status.description}</subtitle>`}
    <updated>${entries[0]?.updated ?? generated}</updated>
    <author><name>${fleet}</name></author>
    <generator>Flotilla</generator>
    ${
      home !== undefined &&
      markup`<link rel="self" type="application/atom+xml" href="${home}/feed.xml" />
        <link rel="alternate" type="text/html" href="${home}/" />`
    }
    ${entries.map(
      ({ id, title, updated, content }) =>
        markup`<entry>
          <id>${id}</id>
          <title>${title}</title>
          <updated>${updated}</updated>
          ${home !== undefined && markup`<link rel="alternate" type="text/html" href="${home}/#history" />`}
          <content type="html">${content}</content>
        </entry> `,
    )}</feed
  > `.text;
  return `<?xml version="1.0" encoding="utf-8"?>\n${text.replace(/\n\s*/g, '\n')}`;
}

function incidentEntry(incident: Incident, { fleet, environment, generated }: StatusInput): Entry {
  const { id, title, cause, timeline, closed, opened } = incident;
  const state = isOpen(incident) ? 'Going on' : 'Over';
  const moments = timeline.slice(-20).map(({ at, text }) => markup`<li>${when(at)}: ${clip(text, 300)}</li>`);
  return {
    id: uuid([fleet, environment, id]),
    title: `${clip(title, 300)}${isOpen(incident) ? '' : ` (over after ${lasted(incident, generated)})`}`,
    // An entry is news again when something is added to it, not each time that the page is made.
    updated: instant(closed ?? timeline.at(-1)?.at ?? opened, generated),
    content: markup`<p>${state}: ${clip(cause, 300)}</p>
      <ul>
        ${moments}
      </ul>`.text,
  };
}

function maintenanceEntry({ from, to, reason, resources }: Maintenance, input: StatusInput): Entry {
  const { fleet, environment, generated } = input;
  const what = resources.length === 0 ? 'everything' : resources.join(', ');
  return {
    id: uuid([fleet, environment, from, to, reason]),
    title: `Maintenance: ${clip(reason, 300)}`,
    // When it was announced is not known; a time that is to come would be no time of an update.
    updated: instant(Date.parse(from) < Date.parse(generated) ? from : generated, generated),
    content: markup`<p>${when(from)} until ${when(to)}: ${what}</p>`.text,
  };
}

const instant = (time: string, otherwise: string): string =>
  new Date(Number.isNaN(Date.parse(time)) ? otherwise : time).toISOString();

/** A name that follows from what it names (RFC 9562, version 8). */
function uuid(of: readonly string[]): string {
  const hex = digest(of, 32);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
