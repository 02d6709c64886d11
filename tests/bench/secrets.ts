import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFleet } from './fleet.ts';
import { milliseconds, type Row } from './table.ts';
import { timeInTurn } from './timing.ts';

const COUNT = 100;
const ROUNDS = 20;

/** `flotilla plan` of a fleet that uses a hundred secrets: as variables, sealed and left closed, and sealed and opened. */
export async function* secrets(dist: string): AsyncGenerator<Row> {
  const names = Array.from({ length: COUNT }, (_, n) => `SECRET_${n}`);
  const env = names.map((name) => `${name}: "\${secret.${name}}"`).join(', ');
  const config = (endpoint: string) =>
    `fleet: bench\nproviders: { sandbox: { endpoint: "${endpoint}" } }\nservices:\n  api: { source: { image: nginx }, env: { ${env} } }\n`;
  await using plain = await createFleet(config);
  await using fleet = await createFleet(config);
  const { folder: cwd } = fleet;
  const cli = join(dist, 'cli.js');
  const values = Object.fromEntries(names.map((name) => [name, `the value of ${name}, and a little more`]));
  for (const kind of ['post-quantum', 'x25519']) {
    const run = (args: string[], more: Record<string, string> = {}) =>
      execFileSync(process.execPath, [cli, ...args], { cwd, env: { ...fleet.env, ...more }, stdio: 'pipe' });
    run(['secret', 'init', ...(kind === 'x25519' ? ['--x25519'] : [])]);
    const editor = join(cwd, 'editor.sh');
    writeFileSync(editor, `cat ${join(cwd, 'values.yml')} > "$1"`);
    writeFileSync(join(cwd, 'values.yml'), names.map((name) => `${name}: ${values[name]}\n`).join(''));
    run(['secret', 'edit'], { EDITOR: `sh ${editor}` });
    const identity = join(fleet.env['HOME'] ?? '', '.config/flotilla/identity');
    const FLOTILLA_IDENTITY = readFileSync(identity, 'utf8');
    rmSync(identity);
    const planned = (more: Record<string, string>, { folder, env: own } = fleet) => ({
      args: [cli, 'plan'],
      cwd: folder,
      env: { ...own, ...more },
    });
    const programs = [planned(values, plain), planned({}), planned({ FLOTILLA_IDENTITY })];
    const [variables, closed, opened] = timeInTurn(programs, ROUNDS);
    rmSync(join(cwd, 'flotilla.secrets.yml'));
    if (!variables || !closed || !opened) throw new Error('nothing was timed');
    const more = (timing: typeof opened) =>
      `${milliseconds(timing.wall - variables.wall)} (processor time ${milliseconds(timing.cpu - variables.cpu)})`;
    yield {
      what: `${COUNT} sealed secrets, ${kind}`,
      measured: `${milliseconds(opened.wall - variables.wall)} more`,
      beside: `a plan that opens them: ${more(opened)}; one without an identity: ${more(closed)}; ${milliseconds(variables.wall)} with variables instead`,
    };
  }
}
