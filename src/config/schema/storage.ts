import * as z from 'zod/mini';
import { noFailover } from './failover.ts';
import { common, kindOf } from './resource.ts';
import { flag, oneOf, repositoryPath, text, wholeNumber } from './values.ts';
import { about, key, map } from './words.ts';

const version = key(
  z.pipe(
    z.union([z.number(), text(/^[0-9A-Za-z][0-9A-Za-z._-]*$/, 40, 'a version such as "16"')], {
      error: 'a version such as "16"',
    }),
    z.transform((value: number | string) => String(value)),
  ),
  'Version; the provider’s default when left out.',
  { examples: ['16'] },
);

const databaseShape = map('a database: a map with at least an engine', {
  engine: about(oneOf('postgres', 'mysql', 'mongodb', 'redis', 'sqlite'), 'Which kind of database.'),
  version,
  migrations: key(repositoryPath, 'Folder of SQL migrations, applied in order before what depends on it.', {
    examples: ['db/migrations'],
  }),
  failover: noFailover,
  ...common,
});

export const database = kindOf('database', databaseShape, ({ engine, version, migrations }) => ({
  engine,
  version,
  migrations,
}));

const bucketShape = map('a bucket: a map, {} when all defaults will do', {
  copies: key(wholeNumber(1, 10), 'On how many providers a copy of every object is kept.', { default: 1 }),
  public: key(flag, 'Anyone may read its objects.', { default: false }),
  failover: noFailover,
  ...common,
});

export const bucket = kindOf('bucket', bucketShape, (value) => ({
  copies: value.copies ?? 1,
  public: value.public ?? false,
}));
