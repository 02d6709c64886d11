import { badges } from './badges.ts';
import { fleetDocument, statusDocument } from './documents.ts';
import { feed } from './feed.ts';
import { operatorsPage } from './operators-page.ts';
import { resourcesOf } from './standing.ts';
import type { StatusInput } from './status-input.ts';
import { visitorsPage } from './visitors-page.ts';

/**
 * The files of the status page, by path: `index.html` for visitors, `fleet.html` for operators, `feed.xml`, `status.json`,
 * `fleet.json`, and badges. Static: any host serves them, and a visitor's browser asks nobody else.
 */
export function statusSite(input: StatusInput): ReadonlyMap<string, string> {
  const resources = resourcesOf(input);
  const files = new Map([
    ['index.html', visitorsPage(input, resources)],
    ['feed.xml', feed(input)],
    ['status.json', statusDocument(input, resources)],
    ...badges(input, resources),
  ]);
  if (input.audience === 'operators') {
    files.set('fleet.html', operatorsPage(input, resources));
    files.set('fleet.json', fleetDocument(input, resources));
  }
  return files;
}
