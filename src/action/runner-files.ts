import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';

/** What a step may write for the runner: outputs, the job summary, masks. Formats as in GitHub's "workflow commands". */
export interface RunnerFiles {
  /** `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY`; absent outside a runner. */
  output: string | undefined;
  summary: string | undefined;
}

/** Sets step outputs. A fresh delimiter each: a value cannot end its own block. */
export async function writeOutputs({ output }: RunnerFiles, values: Record<string, string>): Promise<void> {
  if (!output) return;
  const blocks = Object.entries(values).map(([name, value]) => {
    const delimiter = `flotilla-${randomUUID()}`;
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  });
  await appendFile(output, blocks.join(''));
}

export async function writeSummary({ summary }: RunnerFiles, markdown: string): Promise<void> {
  if (summary) await appendFile(summary, `${markdown}\n`);
}

/** Commands that make the runner hide values in everything the job prints from now on, line by line. */
export function maskCommands(values: string[]): string[] {
  // The runner takes a lone carriage return for the end of a line, too.
  const lines = values.flatMap((value) => value.split(/[\r\n]+/)).filter((line) => line.trim().length > 0);
  return [...new Set(lines)].map((line) => `::add-mask::${line.replaceAll('%', '%25')}`);
}
