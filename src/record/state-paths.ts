import type { Address } from '../model/resource.ts';

/** Where things are on the state branch. */
export const README = 'README.md';

export const environmentPath = (environment: string): string => `${environment}/environment.json`;
export const resourcesFolder = (environment: string): string => `${environment}/resources`;
export const resourcePath = (environment: string, address: Address): string =>
  `${resourcesFolder(environment)}/${address}.json`;
export const eventsFolder = (environment: string): string => `${environment}/events`;

export const healthPath = (environment: string): string => `${environment}/health.json`;
/** Incidents that are open: read with every snapshot. */
export const openIncidentsFolder = (environment: string): string => `${environment}/incidents/open`;
export const openIncidentPath = (environment: string, id: string): string =>
  `${openIncidentsFolder(environment)}/${id}.json`;
/** Closed incidents and series only grow: nothing but a health run and history reads them. */
export const closedIncidentsFolder = (environment: string): string => `${environment}/incidents/closed`;
export const closedIncidentPath = (environment: string, id: string, closed: string): string =>
  `${closedIncidentsFolder(environment)}/${closed.slice(0, 7)}/${id}.json`;
export const seriesFolder = (environment: string): string => `${environment}/series`;
export const seriesPath = (environment: string, address: Address): string =>
  `${seriesFolder(environment)}/${address.replace('/', '.')}.json`;

/** The journal that is being written in the month of `time`. */
export const journalPath = (environment: string, time: Date): string =>
  `${eventsFolder(environment)}/${time.toISOString().slice(0, 7)}.ndjson`;

/** A full journal put aside; sorts before the one that is being written. */
export const rotatedPath = (journal: string, number: number): string =>
  journal.replace(/\.ndjson$/, `.${String(number).padStart(3, '0')}.ndjson`);

/** The file that further events of this environment may go to: the newest that was not put aside. */
export const currentJournal = (journals: readonly string[]): string | undefined =>
  journals.findLast((path) => /\/\d{4}-\d{2}\.ndjson$/.test(path));

/** What every writer of an environment may change, and so what is read again after a lost race. */
export const sharedPaths = (environment: string, journals: readonly string[]): string[] => {
  const journal = currentJournal(journals);
  return [README, environmentPath(environment), healthPath(environment), ...(journal ? [journal] : [])];
};

/** Whether a file in a folder of events is one of the journal. */
export const isJournal = (name: string): boolean => name.endsWith('.ndjson');
