import type { HealthState } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import { readRecord } from './read-record.ts';
import { healthShape, incidentShape } from './record-shapes.ts';
import { healthPath, openIncidentsFolder, seriesFolder } from './state-paths.ts';

/** What the branch's files say of an environment's health; undefined before the first health run. Errors as `readRecord`. */
export function foldHealth(files: ReadonlyMap<string, string>, environment: string): HealthState | undefined {
  const path = healthPath(environment);
  const text = files.get(path);
  if (text === undefined) return undefined;
  return readRecord(path, text, healthShape) as unknown as HealthState;
}

/** Open incidents, oldest first. */
export function foldIncidents(files: ReadonlyMap<string, string>, environment: string): Incident[] {
  const folder = `${openIncidentsFolder(environment)}/`;
  return [...files]
    .filter(([path]) => path.startsWith(folder) && path.endsWith('.json'))
    .map(([path, text]) => incidentOf(path, text))
    .toSorted((a, b) => (a.began < b.began ? -1 : a.began > b.began ? 1 : a.id < b.id ? -1 : 1));
}

/** One incident's file, open or closed. */
export function incidentOf(path: string, text: string): Incident {
  return readRecord(path, text, incidentShape) as unknown as Incident;
}

/** The text of each resource's series, as far as it was read. */
export function seriesTexts(files: ReadonlyMap<string, string>, environment: string): Map<Address, string> {
  const folder = `${seriesFolder(environment)}/`;
  const texts = new Map<Address, string>();
  for (const [path, text] of files)
    if (path.startsWith(folder))
      texts.set(
        path
          .slice(folder.length)
          .replace(/\.json$/, '')
          .replace('.', '/') as Address,
        text,
      );
  return texts;
}
