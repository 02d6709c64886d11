/**
 * `npm run bench` builds what is published into a temporary folder, measures it, and prints one table: what was promised, what
 * was measured on this machine now, and whether it holds. `npm run bench -- plan create` runs some of it. Nothing else should
 * run meanwhile; ratios within one run say more than milliseconds.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionStart } from './action-start.ts';
import { create } from './create.ts';
import { noChange } from './no-change.ts';
import { packageSize } from './package-size.ts';
import { placement } from './placement.ts';
import { probes } from './probes.ts';
import { secrets } from './secrets.ts';
import { seriesYear } from './series-year.ts';
import { table, type Row } from './table.ts';
import { webhooks } from './webhooks.ts';

const BENCHES: Record<string, (dist: string) => AsyncGenerator<Row>> = {
  plan: noChange,
  create,
  action: actionStart,
  package: packageSize,
  webhooks,
  placement,
  secrets,
  probes,
  series: seriesYear,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}: there are ${Object.keys(BENCHES).join(', ')}`);

const temporary = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
const dist = join(temporary, 'dist');
execFileSync(process.execPath, [join(import.meta.dirname, '../../src/build.ts'), dist], { stdio: 'ignore' });
const rows: Row[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for await (const row of bench(dist)) {
    rows.push(row);
    process.stderr.write(`${row.what}: ${row.measured}\n`);
  }
}
rmSync(temporary, { recursive: true });
process.stdout.write(`\n${table(rows)}\nNode ${process.versions.node}, ${cpus().length} cores, ${cpus()[0]?.model}\n`);
