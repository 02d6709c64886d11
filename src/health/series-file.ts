import { ConfigError, UnsupportedError } from '../model/errors.ts';
import { SERIES_FORMAT, type Series } from '../model/series.ts';

/** A series as its file on the state branch: JSON with one row a line, oldest first, so that an hour only adds lines. */
export function seriesText({ format, days, hours, raw }: Series): string {
  return `{"format":${format},\n"days":${lines(days)},\n"hours":${lines(hours)},\n"raw":${lines(raw)}}\n`;
}

function lines(rows: readonly (readonly number[])[]): string {
  return rows.length === 0 ? '[]' : `[\n${rows.map((row) => `[${row.join(',')}]`).join(',\n')}\n]`;
}

/**
 * The series in a file. ConfigError, naming the file and the row, for anything that `seriesText` would not have written;
 * UnsupportedError for a format newer than this release knows.
 */
export function readSeries(path: string, text: string): Series {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw damaged(path, `not JSON: ${(error as Error).message}`);
  }
  if (file === null || typeof file !== 'object' || Array.isArray(file)) throw damaged(path, 'expected a JSON object');
  const { format, days, hours, raw, ...others } = file as Record<string, unknown>;
  if (typeof format === 'number' && format > SERIES_FORMAT)
    throw new UnsupportedError(
      `${path} on the state branch has format ${format}; this release of Flotilla knows ${SERIES_FORMAT}`,
      { mend: 'update Flotilla; nothing was changed' },
    );
  if (format !== SERIES_FORMAT)
    throw damaged(path, `expected format ${SERIES_FORMAT}, found ${JSON.stringify(format)}`);
  const [other] = Object.keys(others);
  if (other !== undefined) throw damaged(path, `${JSON.stringify(other)} is not part of a series`);
  return {
    format,
    raw: rowsOf(path, 'raw', raw, 2, ([, value]) => (value as number) >= -1),
    hours: rowsOf(path, 'hours', hours, 7, (row) => isRollup(row, 60)),
    days: rowsOf(path, 'days', days, 7, (row) => isRollup(row, 1440)),
  };
}

function rowsOf<T>(
  path: string,
  name: string,
  rows: unknown,
  length: number,
  isRight: (row: number[]) => boolean,
): T[] {
  if (!Array.isArray(rows)) throw damaged(path, `expected rows in ${name}`);
  for (const [index, row] of rows.entries()) {
    const isRow = Array.isArray(row) && row.length === length && row.every(Number.isSafeInteger) && isRight(row);
    if (!isRow || (index > 0 && !isLater(rows[index - 1], row, name === 'raw')))
      throw damaged(path, `${name}[${index}] is ${JSON.stringify(row).slice(0, 100)}`);
  }
  return rows as T[];
}

/** Instances of one resource may have been asked in the same minute. */
const isLater = (before: number[], row: number[], orSame: boolean): boolean =>
  (before[0] as number) < (row[0] as number) || (orSame && before[0] === row[0]);

const isRollup = ([, known = -1, down = -1, samples = -1]: number[], most: number): boolean =>
  down >= 0 && down <= known && known <= most && samples >= 0;

function damaged(path: string, message: string): ConfigError {
  return new ConfigError([
    {
      position: { file: path, line: 1, column: 1 },
      path: '',
      message: `this file on the state branch is damaged: ${message}`,
      hint: 'restore it from the history of the state branch, or delete it to begin anew',
    },
  ]);
}
