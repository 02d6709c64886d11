import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configReference } from './config/config-reference.ts';
import { produceSchemas } from './config/schemas.ts';
import { capabilityTable } from './providers/capability-table.ts';
import { produceRegistry } from './providers/produce-registry.ts';

/**
 * `npm run generate`: writes every file that is made from something else. With `--check` it writes nothing, names the
 * files that are stale, and exits 1.
 */

interface Product {
  /** From the root of the repository. */
  path: string;
  text: string;
}

const ROOT = join(import.meta.dirname, '..');

/** Parts of the README between `<!-- generated: NAME -->` and `<!-- end: NAME -->`. */
const README_PARTS: Record<string, () => string | Promise<string>> = {
  providers: capabilityTable,
  'config reference': configReference,
};

async function produceReadme(): Promise<Product[]> {
  const path = join(ROOT, 'README.md');
  if (!existsSync(path)) return [];
  let text = readFileSync(path, 'utf8');
  for (const [name, produce] of Object.entries(README_PARTS)) {
    const [open, close] = [`<!-- generated: ${name} -->\n`, `<!-- end: ${name} -->`];
    const [start, end] = [text.indexOf(open), text.indexOf(close)];
    if (start >= 0 && end > start)
      text = `${text.slice(0, start + open.length)}\n${await produce()}\n${text.slice(end)}`;
  }
  return [{ path: 'README.md', text }];
}

const products: Product[] = [...produceSchemas(), ...produceRegistry(), ...(await produceReadme())];
const stale = products.filter(({ path, text }) => {
  const file = join(ROOT, path);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});

if (process.argv.includes('--check')) {
  for (const { path } of stale) process.stderr.write(`${path} is stale: run \`npm run generate\`\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { path, text } of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
