import { readFileSync } from 'node:fs';

/** The last `count` lines of a log and, as far as needed, of its rotated files `.1`, `.2` …; oldest first. */
export function newestLines(file: string, count: number): string[] {
  let lines: string[] = [];
  for (let index = 0; lines.length < count; index++) {
    let text: string;
    try {
      text = readFileSync(index === 0 ? file : `${file}.${index}`, 'utf8');
    } catch {
      break;
    }
    lines = [...text.split('\n').slice(0, -1), ...lines];
  }
  return count > 0 ? lines.slice(-count) : [];
}
