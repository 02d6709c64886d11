import { parseArgs } from 'node:util';
import { COMMANDS, GLOBAL_FLAGS, type Command, type Flag } from './command-table.ts';
import type { FlagValues } from './session.ts';
import { UsageError } from './usage-error.ts';

export interface CommandLine {
  /** Absent when none was named: then help is wanted, or the version. */
  name: string | undefined;
  args: string[];
  flags: FlagValues;
}

/** Reads the command line by the command table; throws UsageError with what was most likely meant. */
export async function parseCommandLine(argv: string[]): Promise<CommandLine> {
  const known = new Map(
    Object.entries(GLOBAL_FLAGS).concat(Object.values(COMMANDS).flatMap(({ flags }) => Object.entries(flags))),
  );
  const { tokens } = parseArgs({
    args: argv,
    options: Object.fromEntries(
      [...known].map(([name, { value, short }]) => [
        name,
        { type: value ? ('string' as const) : ('boolean' as const), ...(short ? { short } : {}) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const [name, ...args] = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const command = name === undefined ? undefined : commandNamed(name);
  if (name !== undefined && !command)
    throw new UsageError(`there is no command "${name}"`, await suggestion(name, Object.keys(COMMANDS), ''));

  const allowed: Record<string, Flag> = { ...GLOBAL_FLAGS, ...command?.flags };
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(allowed, token.name) ? allowed[token.name] : undefined;
    if (!flag) throw await unknownFlag(token.rawName, token.name, name, allowed);
    if (flag.value === undefined && token.value !== undefined)
      throw new UsageError(`${token.rawName} takes no value`, `write ${token.rawName} alone`);
    if (flag.value !== undefined && (token.value === undefined || (!token.inlineValue && token.value.startsWith('-'))))
      throw new UsageError(`${token.rawName} needs a value`, `write ${token.rawName} ${flag.value}`);
    values.set(token.name, [...(flag.repeated ? (values.get(token.name) ?? []) : []), token.value ?? '']);
  }
  const flags = flagValues(values);
  if (command && !flags.on('help')) checkArguments(name as string, command, args);
  return { name, args, flags };
}

/** A command by its name; nothing that an object inherits counts. */
export function commandNamed(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}

/** A whole number from 1 of a flag; its default when not given. */
export function count(flags: FlagValues, name: string, standard: number): number {
  const text = flags.text(name);
  if (text === undefined) return standard;
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new UsageError(`--${name} must be a whole number from 1, not "${text}"`, `write --${name} ${standard}`);
  return Number(text);
}

function flagValues(values: Map<string, string[]>): FlagValues {
  return {
    text: (name) => values.get(name)?.at(-1),
    list: (name) => values.get(name) ?? [],
    on: (name) => values.has(name),
  };
}

function checkArguments(name: string, { argument, more }: Command, args: string[]): void {
  const usage = `see flotilla ${name} --help`;
  const extra = args[argument ? 1 : 0];
  if (extra !== undefined && !more) throw new UsageError(`flotilla ${name} does not take "${extra}"`, usage);
  if (argument?.required && args.length === 0)
    throw new UsageError(`flotilla ${name} needs ${argument.name}, ${argument.about}`, usage);
  if (argument?.choices && args[0] !== undefined && !argument.choices.includes(args[0]))
    throw new UsageError(`"${args[0]}" is not ${argument.about}`, `one of ${argument.choices.join(', ')}`);
}

async function unknownFlag(
  raw: string,
  flag: string,
  command: string | undefined,
  allowed: Record<string, Flag>,
): Promise<UsageError> {
  const elsewhere = Object.keys(COMMANDS).filter((name) => Object.hasOwn(COMMANDS[name]?.flags ?? {}, flag));
  const where = command ? `flotilla ${command}` : 'flotilla';
  if (elsewhere.length > 0)
    return new UsageError(`${where} has no flag ${raw}`, `it belongs to ${elsewhere.join(', ')}`);
  const words = Object.keys(allowed);
  return new UsageError(`${where} has no flag ${raw}`, await suggestion(flag, words, '--', command));
}

async function suggestion(word: string, words: string[], prefix: string, command?: string): Promise<string> {
  const { closest } = await import('../index.ts');
  const near = closest(word, words);
  return `${near ? `did you mean ${prefix}${near}? ` : ''}See flotilla ${command ? `${command} ` : ''}--help`;
}
