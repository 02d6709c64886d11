import { ConfigError, UnsupportedError } from '../model/errors.ts';
import { SERIES_FORMAT, type Series } from '../model/series.ts';

/**
 * A series as its file on the state branch: JSON with one row a line, oldest first, so that an hour only adds lines. Two
 * things keep it half as large: a row's time is counted from the row before, and percentiles that are all the same (of a
 * single sample) are told once.
 */
export function seriesText({ format, days, hours, raw }: Series): string {
  return `{"format":${format},\n"days":${lines(days)},\n"hours":${lines(hours)},\n"raw":${lines(raw)}}\n`;
}

function lines(rows: readonly (readonly number[])[]): string {
  let before = 0;
  const texts = rows.map(([at = 0, ...values]) => {
    const [gap, [p50, p95, p99]] = [at - before, values.slice(-3)];
    before = at;
    const short = values.length === 6 && p50 === p95 && p50 === p99 ? values.slice(0, -2) : values;
    return `[${gap},${short.join(',')}]`;
  });
  return texts.length === 0 ? '[]' : `[\n${texts.join(',\n')}\n]`;
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
    raw: rowsOf(path, 'raw', raw, ([gap = -1, value = -2, ...none]) => gap >= 0 && value >= -1 && none.length === 0),
    hours: rowsOf(path, 'hours', hours, (row) => isRollup(row, 60)),
    days: rowsOf(path, 'days', days, (row) => isRollup(row, 1440)),
  };
}

function rowsOf<T>(path: string, name: string, rows: unknown, isRight: (row: number[]) => boolean): T[] {
  if (!Array.isArray(rows)) throw damaged(path, `expected rows in ${name}`);
  let at = 0;
  return rows.map((row, index) => {
    if (!Array.isArray(row) || !row.every(Number.isSafeInteger) || !isRight(row))
      throw damaged(path, `${name}[${index}] is ${JSON.stringify(row).slice(0, 100)}`);
    const [gap, ...values] = row as number[];
    at += gap as number;
    const p50 = values[3] as number;
    return [at, ...values, ...(values.length === 4 ? [p50, p50] : [])] as T;
  });
}

function isRollup(row: number[], most: number): boolean {
  const [gap = 0, known = -1, down = -1, samples = -1] = row;
  const isWhole = row.length === 5 || (row.length === 7 && !(row[4] === row[5] && row[4] === row[6]));
  return isWhole && gap > 0 && down >= 0 && down <= known && known <= most && samples >= 0;
}

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
