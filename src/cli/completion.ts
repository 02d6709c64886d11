import { COMMANDS, GLOBAL_FLAGS, type Command, type Flag } from './command-table.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

/** A completion script made from the command table: it knows commands, flags and their values and starts no process. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

function flagsOf(command: Command): [string, Flag][] {
  return [...Object.entries(command.flags), ...Object.entries(GLOBAL_FLAGS)];
}

/** Words that may stand where the command's argument goes. */
function argumentWords(name: string, { argument }: Command): readonly string[] {
  return name === 'help' ? Object.keys(COMMANDS) : (argument?.choices ?? []);
}

function bash(): string {
  const values = new Map(Object.values(COMMANDS).flatMap(flagsOf));
  const cases = Object.entries(COMMANDS).map(
    ([name, command]) =>
      `    ${name}) words="${[...flagsOf(command).map(([flag]) => `--${flag}`), ...argumentWords(name, command)].join(' ')}" ;;`,
  );
  const before = [...values].flatMap(([flag, { value, choices }]) => {
    if (!value) return [];
    const reply = choices === 'file' ? '-f' : choices === 'folder' ? '-d' : `-W "${(choices ?? []).join(' ')}"`;
    return [`    --${flag}) COMPREPLY=($(compgen ${reply} -- "$current")); return ;;`];
  });
  return `# bash completion for flotilla
_flotilla() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${Object.keys(COMMANDS).join('|')}) command="$word"; break ;;
    esac
  done
  case "$previous" in
${before.join('\n')}
  esac
  case "$command" in
${cases.join('\n')}
    *) words="${[...Object.keys(COMMANDS), ...Object.keys(GLOBAL_FLAGS).map((flag) => `--${flag}`)].join(' ')}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _flotilla flotilla
`;
}

/** For a specification between single quotes. */
function zshWord(text: string): string {
  return text.replace(/'/g, "'\\''").replace(/[[\]:]/g, '\\$&');
}

/** One flag for _arguments. */
function zshFlag([flag, { about, value, choices, repeated }]: [string, Flag]): string {
  const action =
    choices === 'file' ? '_files' : choices === 'folder' ? '_files -/' : choices ? `(${choices.join(' ')})` : '';
  return `'${repeated ? '*' : ''}--${flag}${value ? '=' : ''}[${zshWord(about)}]${value ? `:${value}:${action}` : ''}'`;
}

function zsh(): string {
  const cases = Object.entries(COMMANDS).map(([name, command]) => {
    const words = argumentWords(name, command);
    const argument = command.argument
      ? [`':${command.argument.name}:${words.length > 0 ? `(${words.join(' ')})` : ''}'`]
      : [];
    return `      ${name}) _arguments ${[...flagsOf(command).map(zshFlag), ...argument].join(' ')} ;;`;
  });
  return `#compdef flotilla
_flotilla() {
  local -a commands
  commands=(
${Object.entries(COMMANDS)
  .map(([name, { about }]) => `    '${name}:${zshWord(about)}'`)
  .join('\n')}
  )
  _arguments -C ${Object.entries(GLOBAL_FLAGS).map(zshFlag).join(' ')} '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument) case $words[1] in
${cases.join('\n')}
    esac ;;
  esac
}
if [ "$funcstack[1]" = "_flotilla" ]; then _flotilla "$@"; else compdef _flotilla flotilla; fi
`;
}

function fishWord(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function fishFlag(condition: string, [name, { about, value, choices }]: [string, Flag]): string {
  const words = Array.isArray(choices)
    ? ` -x -a ${fishWord(choices.join(' '))}`
    : value
      ? choices
        ? ' -r -F'
        : ' -x'
      : '';
  return `complete -c flotilla${condition} -l ${name}${words} -d ${fishWord(about)}`;
}

function fish(): string {
  const lines = Object.entries(COMMANDS).flatMap(([name, command]) => {
    const used = ` -n '__fish_seen_subcommand_from ${name}'`;
    const words = argumentWords(name, command);
    return [
      `complete -c flotilla -n __fish_use_subcommand -a ${name} -d ${fishWord(command.about)}`,
      ...(words.length > 0 ? [`complete -c flotilla${used} -a ${fishWord(words.join(' '))}`] : []),
      ...Object.entries(command.flags).map((entry) => fishFlag(used, entry)),
    ];
  });
  return `# fish completion for flotilla
complete -c flotilla -f
${Object.entries(GLOBAL_FLAGS)
  .map((entry) => fishFlag('', entry))
  .join('\n')}
${lines.join('\n')}
`;
}
