import { spawnSync, type SpawnSyncOptionsWithStringEncoding } from 'node:child_process';

export interface Program {
  /** Arguments of this Node. */
  args: string[];
  cwd?: string;
  env?: Record<string, string>;
}

export interface Timing {
  /** Milliseconds by the clock. */
  wall: number;
  /** Milliseconds of processor time, of the program and all that it started and waited for. */
  cpu: number;
  /** Most memory that the program held, in MB; what it started is not counted. */
  memory: number;
}

/**
 * Times programs in turn, `rounds` times each, so that whatever else the machine does strikes all alike. Gives the mean of
 * the middle half. Memory is taken from one more run, which reports it at its end.
 */
export function timeInTurn(programs: readonly Program[], rounds: number): Timing[] {
  const times = programs.map((): { wall: number; cpu: number }[] => []);
  for (let round = 0; round < rounds; round++)
    programs.forEach((program, index) => times[index]?.push(timeOnce(program)));
  return programs.map((program, index) => {
    const all = times[index] ?? [];
    return {
      wall: middle(all.map(({ wall }) => wall)),
      cpu: middle(all.map(({ cpu }) => cpu)),
      memory: peakMemory(program),
    };
  });
}

/** One run, timed by the shell, which also knows what the children of its child took. Throws when the program fails. */
export function timeOnce({ args, cwd = process.cwd(), env = {} }: Program): { wall: number; cpu: number } {
  const timed = ['-c', 'TIMEFORMAT="%3R %3U %3S"; time "$@" 2>&1 >/dev/null', 'bash', process.execPath, ...args];
  const { status, stdout, stderr } = spawnSync('bash', timed, { ...PIPED, cwd, env });
  if (status !== 0) throw failed(args, status, stdout);
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return { wall: wall * 1000, cpu: (user + system) * 1000 };
}

/** Output of a program, for checking that it does what is being timed. */
export function outputOf({ args, cwd = process.cwd(), env = {} }: Program): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { ...PIPED, cwd, env });
  if (status !== 0) throw failed(args, status, stderr);
  return stdout;
}

const PIPED: SpawnSyncOptionsWithStringEncoding = {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'pipe'],
  maxBuffer: Infinity,
};

const failed = (args: readonly string[], status: number | null, said: string): Error =>
  new Error(`${args.join(' ')} ended with ${status}: …${said.slice(-2000)}`);

const REPORT = `data:text/javascript,process.on('exit',()=>process._rawDebug('peak '+process.resourceUsage().maxRSS))`;

function peakMemory({ args, cwd = process.cwd(), env = {} }: Program): number {
  const { stderr } = spawnSync(process.execPath, ['--import', REPORT, ...args], { ...PIPED, cwd, env });
  return Number(/^peak (\d+)$/m.exec(stderr)?.[1]) / 1024;
}

/** The mean of the middle half. */
export function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const cut = Math.floor(sorted.length / 4);
  const kept = sorted.slice(cut, sorted.length - cut);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}
