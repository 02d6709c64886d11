/**
 * `npm run specs`: gets the providers' official specifications, as their harnesses name them, into `.cache/specs`. The
 * conformance suite holds every exchange against them when FLOTILLA_SPECS names that folder.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { harnesses } from '../../src/providers/conformance.gen.ts';

const folder = join(import.meta.dirname, '../../.cache/specs');
const loaded = await Promise.all(Object.values(harnesses).map((load) => load()));
const specifications = new Map(
  loaded.flatMap((harness) => harness.specifications ?? []).map((each) => [each.file, each]),
);

for (const { file, from } of specifications.values()) {
  if (from === undefined) {
    console.log(`${file}: has no official address; see its provider's README.md`);
    continue;
  }
  try {
    const response = await fetch(from, { signal: AbortSignal.timeout(120_000) });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    console.log(`${file}: ${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}, ${from}`);
  } catch (error) {
    const { message, cause } = error as Error;
    console.error(`${file}: ${from}: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`);
    process.exitCode = 1;
  }
}
console.log(`FLOTILLA_SPECS=${folder} npx vitest run tests/conformance`);
