import type { Incident } from '../model/incident.ts';
import { compose } from './cut.ts';
import { code, inert, link, row, tableHead } from './markdown.ts';
import { duration } from './plan-words.ts';
import { brief } from './visible.ts';

/** GitHub takes 65,536 characters. */
const BODY = 65_000;
const TITLE = 200;

export interface IncidentPlace {
  /** Page of a file at the deployed commit, where there is one: `https://github.com/acme/fleet/blob/<commit>`. */
  files?: string;
  /** The fleet's status page. */
  status?: string;
}

/**
 * What an incident's issue says. A function of the incident alone, without the time of day: while nothing happens the text
 * stays the same and nothing is written. Text must have been masked by who asks.
 */
export function incidentIssue(
  incident: Incident,
  { files, status }: IncidentPlace = {},
): { title: string; body: string } {
  const { environment, title, subject, began, opened, recovered, closed, cause, resources, dependants, position } =
    incident;
  const facts: [string, string][] = [
    ['Subject', `${code(subject)} in ${code(environment)}`],
    ['Began', time(began)],
    [
      'Confirmed',
      `${time(opened)}, ${between(began, opened) < 1000 ? 'at once' : `${duration(between(began, opened))} later`}`,
    ],
    ...(closed
      ? ([['Ended', `${time(recovered ?? closed)}, after ${duration(between(began, recovered ?? closed))}`]] as const)
      : []),
    ['Cause', inert(cause)],
    ...(resources.some((one) => one !== subject) ? ([['Affected', list(resources)]] as const) : []),
    ...(dependants.length > 0 ? ([['Suffer with it', list(dependants)]] as const) : []),
    ...(position ? ([['Config', where(position, files)]] as const) : []),
    ...(status ? ([['Status page', link(status, status)]] as const) : []),
  ].map(([name, text]) => [name as string, text as string]);
  const body = compose(
    [
      { head: tableHead(['', '']), rows: facts.map(([name, text]) => row([`**${name}**`, text])) },
      {
        head: `### What happened\n\n${tableHead(['When (UTC)', ''])}`,
        rows: incident.timeline.map(({ at, text }) => row([clock(at), inert(text)])),
      },
      {
        head: closed
          ? ''
          : 'This text is kept up to date, and the issue closes by itself. The label `muted` keeps it quiet.\n',
      },
    ],
    BODY,
  );
  return { title: brief(`${title} (${environment})`, TITLE), body };
}

function where({ file, line }: NonNullable<Incident['position']>, files: string | undefined): string {
  return files ? link(`${file}:${line}`, `${files}/${file}#L${line}`) : code(`${file}:${line}`);
}

const list = (names: readonly string[]): string => names.map(code).join(', ');
const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
const time = (iso: string): string => `${iso.slice(0, 10)} ${clock(iso)} UTC`;
const clock = (iso: string): string => iso.slice(11, 19);
