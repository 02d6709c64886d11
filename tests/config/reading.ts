import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config/read-config.ts';
import { ConfigError } from '../../src/model/errors.ts';
import type { Config } from '../../src/model/config.ts';

export const FULL = readFileSync(join(import.meta.dirname, 'full.flotilla.yml'), 'utf8');

/** The config of files given as text; a string alone is `flotilla.yml`. */
export function read(files: string | Uint8Array | Record<string, string | Uint8Array>): Promise<Config> {
  const entries = typeof files === 'string' || files instanceof Uint8Array ? { 'flotilla.yml': files } : files;
  return readConfig(new Map(Object.entries(entries)));
}

/** The error's lines, as they would be printed; fails when the config is valid. */
export async function errors(files: Parameters<typeof read>[0]): Promise<string[]> {
  try {
    await read(files);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  throw new Error('the config was accepted');
}
