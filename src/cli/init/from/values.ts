import { posix } from 'node:path';
import type { Settings } from './settings.ts';

/** Text as it is meant: `${` starts a reference in `flotilla.yml` and nowhere else. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}

/** All values of a map as they are meant. */
export function literals(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, literal(value)]));
}

/** A value that the file does not hold: from the environment of the run, under the same name. */
export function secret(name: string): string {
  return `\${secret.${name.replace(/\W/g, '_')}}`;
}

/** A path of the repository, from one that is relative to `dir`. */
export function pathIn(dir: string, path: string): string {
  return posix.normalize(posix.join(dir, path)).replace(/\/$/, '') || '.';
}

/** `path` as seen from `dir`; undefined for undefined. */
export function pathFrom(dir: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : posix.relative(dir, path) || '.';
}

/** Memory as hosts write it (`512mb`, `1g`, `1Gi`, or a number of megabytes) as the config does. */
export function memory(settings: Settings, key: string): string | undefined {
  return settings.read(key, 'a size such as 512mb', sizeOf);
}

function sizeOf(text: string): string | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d{1,3})?)\s*([kmgt]?)i?b?$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const binary = /[kmgt]i/i.test(text);
  return `${number}${(unit || 'm').toUpperCase()}${binary ? 'i' : ''}B`;
}

const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as hosts write it (`1m30s`, `15000ms`, or a number of seconds) as the config does. */
export function duration(settings: Settings, key: string): string | undefined {
  return settings.read(key, 'a duration such as 30s', lengthOf);
}

function lengthOf(value: string): string | undefined {
  if (/^\d+(\.\d+)?$/.test(value)) return inUnits(Number(value) * 1000);
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== value) return undefined;
  return inUnits(
    parts.reduce((sum, [, number, unit]) => sum + Number(number) * (MILLISECONDS[unit as string] ?? 0), 0),
  );
}

/** Whole seconds, at least one; larger units where they fit. */
function inUnits(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  const [size, unit] = (
    [
      [86_400, 'd'],
      [3600, 'h'],
      [60, 'm'],
    ] as const
  ).find(([length]) => seconds % length === 0) ?? [1, 's'];
  return `${seconds / size}${unit}`;
}

/** Path patterns of hosts (`/old/:rest*`, `/old/(.*)`, `/:path*`) with the one wildcard that the config has; undefined when it takes more. */
export function pathPattern(pattern: string): string | undefined {
  const simple = pattern
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replace(/\/?(\(\.\*\)|\/:\w+\*|:\w+\(\.\*\)|:splat)$/, (found) => (found.startsWith('/') ? '/*' : '*'));
  return /^\/[^\s()[\]{}:*?+|\\]*\*?$/.test(simple) ? simple : undefined;
}
