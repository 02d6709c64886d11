import { failureOf, type Palette } from '../../index.ts';

/** One line of `flotilla doctor`. */
export interface Finding {
  level: 'ok' | 'warn' | 'fail';
  check: string;
  message: string;
  mend?: string;
}

/** A check that is well when it does not throw; what it returns is told. */
export async function attempt(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { level: 'ok', check, message: await work() };
  } catch (error) {
    const { message, mend } = failureOf(error);
    const [first = '', ...others] = message.split('\n');
    return {
      level: 'fail',
      check,
      message: others.length > 0 ? `${first} and ${others.length} more` : first,
      ...(mend ? { mend } : {}),
    };
  }
}

/** A line each, and how to mend it below. */
export function renderFindings(findings: readonly Finding[], { green, yellow, red }: Palette): string {
  const mark = { ok: green('✓'), warn: yellow('!'), fail: red('✗') };
  const width = Math.max(12, ...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ level, check, message, mend }) => [
    `${mark[level]} ${check.padEnd(width)} ${message}`,
    ...(mend ? [`  ${' '.repeat(width)} ${yellow(mend)}`] : []),
  ]);
  return `${lines.join('\n')}\n`;
}
