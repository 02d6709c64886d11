import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from './hostile-run.ts';

/** Runs one part of the corpus in a process whose heap may hold 300 MB. */
async function run(part: number, parts: number): Promise<{ verdicts: Verdict[]; maxRss: number }> {
  const script = join(import.meta.dirname, 'hostile-run.ts');
  const child = spawn(process.execPath, ['--max-old-space-size=300', script, String(part), String(parts)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict | { maxRss: number });
  const last = lines.pop();
  if (!last || !('maxRss' in last)) throw new Error(`the reader died after ${JSON.stringify(last)}:\n${errors}`);
  return { verdicts: lines as Verdict[], maxRss: last.maxRss };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text;
}

test('500 and more hostile configs are refused clearly, under 300 MB', { timeout: 180_000 }, async () => {
  const parts = await Promise.all([run(0, 2), run(1, 2)]);
  const verdicts = parts.flatMap((part) => part.verdicts);
  const refused = verdicts.filter(({ result }) => result === 'refused');
  const bad = verdicts.filter(
    ({ result, mayBeValid }) => result !== 'refused' && !(result === 'accepted' && mayBeValid),
  );
  expect(bad).toEqual([]);
  expect(refused.length).toBeGreaterThanOrEqual(500);

  const slowest = verdicts.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 5);
  const memory = parts.map(({ maxRss }) => `${Math.round(maxRss / 1e6)} MB`).join(', ');
  console.log(`${refused.length} refused, ${verdicts.length - refused.length} still valid; resident at most ${memory}`);
  for (const { name, milliseconds } of slowest) console.log(`${String(milliseconds).padStart(6)} ms  ${name}`);
});
