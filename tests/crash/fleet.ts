import type { Cloud } from '../../src/providers/sandbox/fake.ts';

/** Twelve resources in three waves: databases, the services that use them, the sites that use those. */
export const WAVES = 3;
export const RESOURCES = 12;

export function crashConfig(endpoint: string): string {
  const four = [1, 2, 3, 4];
  return [
    'fleet: wreck',
    'providers:',
    `  sandbox: { endpoint: "${endpoint}" }`,
    'databases:',
    ...four.map((n) => `  d${n}: { engine: postgres }`),
    'services:',
    ...four.map((n) => `  s${n}: { source: { image: nginx }, env: { DB: "\${database.d${n}.url}" } }`),
    'sites:',
    ...four.map((n) => `  w${n}: { dir: web, env: { API: "\${service.s${n}.url}" } }`),
    '',
  ].join('\n');
}

/** Names at the provider that stand there more than once. */
export function duplicates(cloud: Cloud): string[] {
  const names = [...cloud.resources.values()].map(({ name }) => name);
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** Runs tasks a few at a time: each has a machine's worth of waiting in it. */
export async function inLanes<T>(lanes: number, tasks: (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < tasks.length; index = next++)
      results[index] = await (tasks[index] as () => Promise<T>)();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** One JSON line of a journal. */
export interface JournalLine {
  id: string;
  kind: string;
  resource?: string;
}

/** Every line that was there before must be there after, unchanged and once. */
export function journalFaults(before: string, after: string): string[] {
  const lines = after.split('\n').filter((line) => line !== '');
  const ids = lines.map((line) => (JSON.parse(line) as JournalLine).id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const lost = before.split('\n').filter((line) => line !== '' && !lines.includes(line));
  return [...twice.map((id) => `twice: ${id}`), ...lost.map((line) => `lost: ${line}`)];
}
