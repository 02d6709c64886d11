import { ConfigError, UnsupportedError } from '../model/errors.ts';
import type { JsonObject } from '../model/resource.ts';
import { STATE_FORMAT } from '../model/state.ts';
import type { Shape } from './shape.ts';

/** Turns a file of format `n` (its index + 1) into one of format `n + 1`. Formats only ever move forward. */
export type Migration = (file: JsonObject) => JsonObject;
export const MIGRATIONS: readonly Migration[] = [];

/**
 * A file of the state branch as JSON of today's format and of that shape. UnsupportedError for a format newer than this release knows,
 * ConfigError for a damaged file; neither is ever written over.
 */
export function readRecord(path: string, text: string, shape: Shape, migrations = MIGRATIONS): JsonObject {
  const newest = migrations === MIGRATIONS ? STATE_FORMAT : migrations.length + 1;
  let file = parseObject(path, text);
  const format = file['format'];
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 1)
    throw damaged(path, 1, `expected a state format (a number from 1 to ${newest}), found ${JSON.stringify(format)}`);
  if (format > newest)
    throw new UnsupportedError(
      `${path} on the state branch has format ${format}; this release of Flotilla knows ${newest}`,
      {
        mend: 'update Flotilla; nothing was changed',
      },
    );
  for (const migrate of migrations.slice(format - 1)) file = migrate(file);
  const wrong = shape(file);
  if (wrong !== undefined) throw damaged(path, 1, `${wrong || 'it'} is not what Flotilla writes there`);
  return { ...file, format: newest };
}

function parseObject(path: string, text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(path, 1, `not JSON: ${(error as Error).message}`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw damaged(path, 1, 'expected a JSON object');
  return value as JsonObject;
}

/** The error for a file on the state branch that cannot be understood. */
export function damaged(path: string, line: number, message: string): ConfigError {
  return new ConfigError([
    {
      position: { file: path, line, column: 1 },
      path: '',
      message: `this file on the state branch is damaged: ${message}`,
      hint: 'restore it from the history of the state branch',
    },
  ]);
}
