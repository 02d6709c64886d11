import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigError } from '../index.ts';
import type { Console } from './console.ts';
import type { Result } from './session.ts';
import { UsageError } from './usage-error.ts';

interface Circumstances {
  argv: string[];
  console: Console;
  signal: AbortSignal;
}

/** What a command that threw leaves: the place and the mend, or, for what nobody foresaw, how to report it. */
export async function tellError(error: unknown, { argv, console, signal }: Circumstances): Promise<Result> {
  const { look } = console;
  const { red, bold, yellow, dim } = look.colours;
  if (error instanceof UsageError) {
    const { message, mend } = error;
    return {
      exit: 1,
      document: { error: { tag: 'usage', message, mend } },
      text: `${red('✗')} ${message}\n  ${yellow(mend)}\n`,
    };
  }
  if (signal.aborted) {
    const { message } = signal.reason as Error;
    return { exit: 130, document: { error: { tag: 'interrupted', message } }, text: `${yellow('⏸')} ${message}\n` };
  }
  const { ERROR_TABLE, ISSUES, failureLines, failureOf, renderProblems } = await import('../index.ts');
  const { stack, ...failure } = console.masked(failureOf(error));
  const { exit } = ERROR_TABLE[failure.tag];
  if (failure.tag === 'config') {
    const problems = console.masked((error as ConfigError).problems);
    return {
      exit,
      document: { error: { ...failure, problems } },
      text: renderProblems(problems, sourceIn(argv), look),
    };
  }
  if (failure.tag === 'bug') {
    const { version } = await import('./version.ts');
    const command = `flotilla ${argv.map((word) => (/^[\w./=:@-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')}`;
    const facts = `flotilla ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
    const lines = [
      `${red('✗')} ${bold('This is a bug in Flotilla.')} Please report it with what stands here: ${ISSUES}`,
      `  ${failure.message.split('\n').join('\n  ')}`,
      `  ${command}`,
      `  ${facts}`,
      argv.includes('--verbose') ? dim(stack ?? '') : `  ${dim('Run it again with --verbose to see where.')}`,
    ];
    return {
      exit,
      document: { error: { ...failure, command, version, report: ISSUES } },
      text: `${lines.join('\n')}\n`,
    };
  }
  const [first = '', ...others] = failureLines(failure, look);
  return {
    exit,
    document: { error: failure },
    text: `${[`${red('✗')} ${first.trimStart()}`, ...others].join('\n')}\n`,
  };
}

/** The text of a config file, to show the line of a problem. Not being readable is no further problem. */
function sourceIn(argv: string[]): (file: string) => string | undefined {
  const at = argv.findIndex((word) => word === '--cwd' || word.startsWith('--cwd='));
  const cwd = at < 0 ? '.' : ((argv[at]?.slice('--cwd='.length) || argv[at + 1]) ?? '.');
  return (file) => {
    try {
      return readFileSync(resolve(cwd, file), 'utf8');
    } catch {
      return undefined;
    }
  };
}
