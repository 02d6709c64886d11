import { COMMANDS, EXIT_WORDS, GLOBAL_FLAGS, GUARD_WORDS, type Command, type Flag } from './command-table.ts';

/** `flotilla --help`: first steps, then every command in one line. */
export function overview(): string {
  return `Flotilla runs a fleet of services, sites and databases on many small clouds from one file, flotilla.yml.

First steps, on this machine and without an account:
  flotilla init        write flotilla.yml for what is in this repository
  flotilla plan        see what would change
  flotilla apply       make it so
  flotilla status      see where it answers

Commands:
${list(Object.entries(COMMANDS).map(([name, { about }]) => [name, about]))}

Flags for all:
${list(Object.entries(GLOBAL_FLAGS).map(flagRow))}

More: flotilla COMMAND --help
`;
}

/** \`flotilla COMMAND --help\`: usage, what it does, flags, examples, exit codes. */
export function commandHelp(name: string, command: Command): string {
  const { about, details, argument, more, flags, examples, exits } = command;
  const usage = [
    'flotilla',
    name,
    argument ? (argument.required ? argument.name : `[${argument.name}]`) : '',
    more ? `[${more.name}…]` : '',
    Object.keys(flags).length > 0 ? '[flags]' : '',
  ];
  const words = [argument, more].flatMap((one): [string, string][] => (one ? [[one.name, one.about]] : []));
  const codes = [0, 1, ...exits, 70, 130].toSorted((a, b) => a - b) as (keyof typeof EXIT_WORDS)[];
  return [
    `${usage.filter(Boolean).join(' ')}\n    ${about}\n`,
    `${wrapped(details)}\n`,
    ...(words.length > 0 ? [`${words.length > 1 ? 'Arguments' : 'Argument'}:\n${list(words)}\n`] : []),
    ...(Object.keys(flags).length > 0 ? [`Flags:\n${list(Object.entries(flags).map(flagRow))}\n`] : []),
    ...(flags.allow ? [`Guards:\n${list(Object.entries(GUARD_WORDS))}\n`] : []),
    `Flags for all:\n${list(Object.entries(GLOBAL_FLAGS).map(flagRow))}\n`,
    `Examples:\n${examples.map(({ line, about }) => `  ${line}\n      ${about}`).join('\n')}\n`,
    `Exit codes:\n${list(codes.map((code) => [String(code), EXIT_WORDS[code]]))}\n`,
  ].join('\n');
}

function flagRow([name, { about, value, short, repeated }]: [string, Flag]): [string, string] {
  return [`${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}${repeated ? '…' : ''}`, about];
}

function list(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

function wrapped(text: string, width = 80): string {
  return text.replace(new RegExp(`(?![^\\n]{1,${width}}$)([^\\n]{1,${width}})\\s`, 'g'), '$1\n');
}
