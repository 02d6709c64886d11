import type { Description } from './slice.ts';

/**
 * Puts right what GitHub's description says and GitHub does not do. Each correction throws once the description no
 * longer has the mistake, so that none outlives its reason.
 */
export function correct(description: Description): Description {
  const corrected = structuredClone(description);

  // An account that is a user and an enterprise at once: the list is of what its neighbour operation gives one of.
  const list = corrected.paths['/app/installations']!['get'] as any;
  const { schema } = list.responses['200'].content['application/json'];
  if (!schema.items?.properties?.account?.allOf) throw new Error('apps/list-installations needs no correction now.');
  schema.items = { $ref: '#/components/schemas/installation' };

  // An address whose default is no address: GitHub answers the default.
  const { properties } = corrected.components['schemas']!['deployment-status'] as any;
  for (const name of ['environment_url', 'log_url', 'target_url']) {
    if (properties[name].default !== '') throw new Error(`deployment-status ${name} needs no correction now.`);
    delete properties[name].format;
  }
  return corrected;
}
