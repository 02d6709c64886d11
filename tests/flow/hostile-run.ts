import { readConfig } from '../../src/config/read-config.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { corpus, ENORMOUS, type Hostile } from './hostile-corpus.ts';

/**
 * Reads hostile configs in this process and prints what became of each as a line of JSON, and how much memory it took; run
 * by `hostile-configs.test.ts` under a memory limit. Arguments: the enormous files to read, by name; without any, the others.
 */

export interface Verdict {
  name: string;
  /** `refused` is right; anything else is told in `detail`. */
  result: 'refused' | 'accepted' | 'threw' | 'unclear';
  mayBeValid: boolean;
  detail?: string;
  problems: number;
  milliseconds: number;
  /** Resident in the process at most, so far. */
  megabytes: number;
}

const wanted = process.argv.slice(2);
for (const { name, content, mayBeValid = false } of wanted.length > 0 ? enormous(wanted) : corpus()) {
  const started = performance.now();
  const verdict = await judge(content);
  const milliseconds = Math.round(performance.now() - started);
  const megabytes = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  process.stdout.write(
    `${JSON.stringify({ name, mayBeValid, milliseconds, megabytes, ...verdict } satisfies Verdict)}\n`,
  );
}

function* enormous(names: readonly string[]): Generator<Hostile> {
  for (const [name, make] of ENORMOUS) if (names.includes(name)) yield { name, content: make() };
}

async function judge(content: string | Uint8Array): Promise<Pick<Verdict, 'result' | 'detail' | 'problems'>> {
  try {
    await readConfig(new Map([['flotilla.yml', content]]));
    return { result: 'accepted', problems: 0 };
  } catch (error) {
    if (!(error instanceof ConfigError))
      return { result: 'threw', problems: 0, detail: String((error as Error)?.stack) };
    const detail =
      error.problems.map(unclear).find(Boolean) ?? (Object.hasOwn({}, 'polluted') ? 'polluted' : undefined);
    const problems = error.problems.length;
    return detail || problems === 0
      ? { result: 'unclear', problems, detail: detail ?? 'no problem' }
      : { result: 'refused', problems };
  }
}

/** Why a problem is no clear message, if it is not. */
function unclear({ position, message, hint }: ConfigError['problems'][number]): string | undefined {
  const text = `${message} ${hint ?? ''}`;
  if (position.file !== 'flotilla.yml' || !(position.line >= 1) || !(position.column >= 1))
    return `position ${JSON.stringify(position)}`;
  if (message.length < 8 || text.length > 600) return `length of ${JSON.stringify(text.slice(0, 700))}`;
  if (/\p{Cc}|\p{Cf}|\p{Cs}/u.test(text)) return `invisible characters in ${JSON.stringify(text)}`;
  if (/undefined|\[object|NaN,|\bat .*\.[jt]s:\d|Invalid input/.test(text)) return `words of ${JSON.stringify(text)}`;
  return undefined;
}
