import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, FAILSAFE_SCHEMA, load } from 'js-yaml';
import { UsageError } from '../usage-error.ts';

/** What an editor made of the values. They lie in a folder of our own while it runs, and are gone with it however it ends. */
export async function editValues(
  values: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
): Promise<Map<string, string>> {
  // Where there is one, a folder in memory.
  const memory = env['XDG_RUNTIME_DIR'];
  const folder = mkdtempSync(join(memory && existsSync(memory) ? memory : tmpdir(), 'flotilla-secrets-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Also when the terminal is closed, or Ctrl-C says that it must be at once.
  const hungUp = () => process.exit(129);
  process.on('exit', remove).on('SIGHUP', hungUp);
  try {
    const file = join(folder, 'secrets.yml');
    writeFileSync(file, written(values), { mode: 0o600, flag: 'wx' });
    const editor = env['VISUAL'] || env['EDITOR'] || 'vi';
    const code = await runEditor(editor, file);
    if (code !== 0) throw new UsageError(`${editor} ended with ${code}`, 'nothing was changed; set EDITOR to another');
    return read(readFileSync(file, 'utf8'));
  } finally {
    process.off('exit', remove).off('SIGHUP', hungUp);
    remove();
  }
}

/** The variable may hold arguments, as in `code --wait`. */
function runEditor(editor: string, file: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `exec ${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    child.on('error', reject).on('close', resolve);
  });
}

function written(values: ReadonlyMap<string, string>): string {
  const text = values.size === 0 ? '' : dump(Object.fromEntries(values), { lineWidth: -1, noRefs: true });
  return `# One secret a line, NAME: value. A line that is taken away removes its secret.\n${text}`;
}

/** Values as they are spelled: `0170` is no number here. */
function read(text: string): Map<string, string> {
  const wrong = (message: string) => new UsageError(message, 'nothing was changed; edit again');
  let tree: unknown;
  try {
    tree = load(text, { schema: FAILSAFE_SCHEMA }) ?? {};
  } catch (error) {
    // Its message would show a line of the file.
    throw wrong(`that is no YAML any more: line ${(error as { mark?: { line: number } }).mark?.line ?? '?'}`);
  }
  if (typeof tree !== 'object' || Array.isArray(tree)) throw wrong('that is no list of NAME: value any more');
  for (const [name, value] of Object.entries(tree as object))
    if (typeof value !== 'string') throw wrong(`${name} has no text for a value`);
  return new Map(Object.entries(tree as Record<string, string>));
}
