import { ageOf, isOverdue, type SealedFile } from '../../index.ts';
import type { Palette } from '../../index.ts';

export interface Listed {
  name: string;
  file: string;
  version: number;
  changed: string;
  /** Whole days. */
  age: number;
  rotate: string | null;
  overdue: boolean;
}

/** What can be told of secrets without a key. */
export function listSecrets(files: readonly SealedFile[], now: Date): Listed[] {
  return files.flatMap(({ path, secrets }) =>
    [...secrets].map(([name, secret]) => ({
      name,
      file: path,
      version: secret.version,
      changed: secret.changed,
      age: Math.floor(ageOf(secret, now) / 86_400),
      rotate: secret.rotate ?? null,
      overdue: isOverdue(secret, now),
    })),
  );
}

export function renderSecrets(listed: readonly Listed[], { dim, yellow }: Palette): string {
  const width = Math.max(...listed.map(({ name }) => name.length));
  const lines = listed.map(({ name, file, version, age, rotate, overdue }) => {
    const old = `${age} ${age === 1 ? 'day' : 'days'} old${rotate ? `, at most ${rotate}` : ''}`;
    return `${name.padEnd(width)}  version ${version}, ${overdue ? yellow(`${old}: overdue`) : old}  ${dim(file)}`;
  });
  return lines.length === 0 ? 'No secret is sealed yet: flotilla secret set NAME\n' : `${lines.join('\n')}\n`;
}
