/** One line of the table. */
export interface Row {
  what: string;
  measured: string;
  /** What was promised, absent for figures that nobody promised. */
  bar?: string;
  holds?: boolean;
  /** What else is worth knowing. */
  beside?: string;
}

export const milliseconds = (value: number): string =>
  value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
export const megabytes = (value: number): string => `${value.toFixed(0)} MB`;
export const times = (value: number): string => `${value.toFixed(2)}×`;

/** The rows as a table for a terminal, which is Markdown as well. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, measured, bar = '', holds, beside = '' }) => [
    what,
    bar,
    measured,
    holds === undefined ? '' : holds ? 'yes' : 'NO',
    beside,
  ]);
  const all = [['what', 'bar', 'measured', 'holds', 'beside'], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [head = [], ...body] = all;
  return [line(head), rule, ...body.map(line), ''].join('\n');
}
