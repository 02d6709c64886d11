import * as z from 'zod/mini';
import type { ServiceSpec } from '../../model/config.ts';
import { compact } from './resource.ts';
import { command, domainList, environmentVariables, line, repositoryPath, text } from './values.ts';
import { about, key, map, rule } from './words.ts';

const sourceMap = map('a folder such as services/api, or a map such as { dir: services/api }', {
  dir: key(repositoryPath, 'Folder of the repository that it is made from.', { examples: ['services/api'] }),
  dockerfile: key(repositoryPath, 'Dockerfile to build, inside dir.', { examples: ['Dockerfile'] }),
  build: key(line, 'Command line that builds it, run in dir.', { examples: ['npm ci && npm run build'] }),
  command: key(command, 'What to start: one line for the shell, or a list of words.', { examples: ['npm start'] }),
  image: key(
    text(
      /^[a-z0-9][a-z0-9._-]*(:[0-9]+)?(\/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[0-9a-f]{64})?$/,
      500,
      'an image such as ghcr.io/acme/api:1.2',
    ),
    'Container image to run instead of building one.',
    { examples: ['ghcr.io/acme/api:1.2'] },
  ),
}).check(
  rule((value) => {
    const built = (['dir', 'dockerfile', 'build'] as const).find((name) => value[name] !== undefined);
    if (value.image !== undefined && built)
      return {
        path: [built],
        found: `"image" and "${built}" exclude each other`,
        expected: 'an image, or a folder to build',
      };
    if (value.image === undefined && !built && value.command === undefined)
      return { path: [], found: 'the source names nothing to run', expected: 'at least one of: dir, image, command' };
    return undefined;
  }),
);

/** What a service or job is made from. */
export const source = about(
  z.pipe(
    z.union([repositoryPath, sourceMap], {
      error: 'a folder such as services/api, or a map such as { dir: services/api }',
    }),
    z.transform((value: string | z.output<typeof sourceMap>): ServiceSpec['source'] => {
      if (typeof value === 'string') return { dir: value };
      const builds = value.image === undefined && (value.dockerfile ?? value.build) !== undefined;
      return compact({ ...value, dir: value.dir ?? (builds ? '.' : undefined) });
    }),
  ),
  'What it is made from: a folder, an image, or a command. Text alone is the folder.',
  { examples: ['services/api', { image: 'ghcr.io/acme/api:1.2' }] },
);

export const env = key(
  environmentVariables,
  'Environment variables. ${kind.name.output} is another resource’s output, ${secret.NAME} a secret.',
  { examples: [{ LOG_LEVEL: 'info', DATABASE_URL: '${database.main.url}' }] },
);

export const domains = key(domainList, 'Domain names that lead to it.', { examples: [['www.acme.dev']] });
