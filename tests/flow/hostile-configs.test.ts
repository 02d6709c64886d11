import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENORMOUS } from './hostile-corpus.ts';
import type { Verdict } from './hostile-run.ts';

/** Reads files in a process whose heap may hold 300 MB: the enormous one of that name, or all others. */
async function run(...enormous: string[]): Promise<Verdict[]> {
  const script = join(import.meta.dirname, 'hostile-run.ts');
  const child = spawn(process.execPath, ['--max-old-space-size=300', script, ...enormous], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`the reader died with ${code} after ${output.slice(-500)}:\n${errors}`);
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict);
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text;
}

/** Whatever was not refused clearly, apart from what chance left valid. */
function wrong(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter(({ result, mayBeValid }) => result !== 'refused' && !(result === 'accepted' && mayBeValid));
}

function tell(verdicts: readonly Verdict[]): void {
  const refused = verdicts.filter(({ result }) => result === 'refused').length;
  console.log(`${refused} refused, ${verdicts.length - refused} still valid`);
  for (const { name, milliseconds, megabytes } of verdicts
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, 5))
    console.log(`${String(milliseconds).padStart(6)} ms ${String(megabytes).padStart(5)} MB  ${name}`);
}

test('500 and more hostile configs are refused clearly', { timeout: 180_000 }, async () => {
  const verdicts = await run();
  expect(wrong(verdicts)).toEqual([]);
  expect(verdicts.filter(({ result }) => result === 'refused').length).toBeGreaterThanOrEqual(500);
  tell(verdicts);
});

test('enormous ones too, each within a heap of 300 MB', { timeout: 180_000 }, async () => {
  const verdicts: Verdict[] = [];
  for (const [name] of ENORMOUS) verdicts.push(...(await run(name)));
  expect(wrong(verdicts)).toEqual([]);
  expect(verdicts).toHaveLength(ENORMOUS.length);
  tell(verdicts);
});
