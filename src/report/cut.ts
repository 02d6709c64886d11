/** A part of a report: `rows` may be cut, from the end; `head` and `foot` stay. Each ends in a newline. */
export interface Section {
  head?: string;
  rows?: string[];
  foot?: string;
}

/** Bytes in UTF-8: never fewer than characters, so a text within the limit in bytes is within it by any count. */
function size(text: string): number {
  return Buffer.byteLength(text);
}

function more(left: number, whole: string | undefined): string {
  return `\n… and ${left} more${whole ? `, see ${whole}` : ''}\n`;
}

/** Rows joined, cut at a row's end so that at most `limit` bytes are used; the last line then says how many more there are. */
export function cut(rows: string[], limit: number, whole?: string): string {
  const total = rows.reduce((sum, row) => sum + size(row), 0);
  if (total <= limit) return rows.join('');
  let room = limit - size(more(rows.length, whole));
  let taken = 0;
  for (const row of rows) {
    room -= size(row);
    if (room < 0) break;
    taken += 1;
  }
  return rows.slice(0, taken).join('') + more(rows.length - taken, whole);
}

/**
 * All sections within `limit` bytes: every head and foot stays, rows are cut where it is needed, the first sections keep
 * most. `whole` is markdown that says where everything can be read.
 */
export function compose(sections: Section[], limit: number, whole?: string): string {
  const fixed = sections.map(({ head = '', rows = [], foot = '' }) => ({
    rows,
    head,
    foot,
    least: rows.length > 0 ? Math.min(size(more(rows.length, whole)), size(rows.join(''))) : 0,
  }));
  let room = limit - fixed.reduce((sum, { head, foot, least }) => sum + size(head) + size(foot) + least + 1, 0);
  const parts = fixed.map(({ head, rows, foot, least }) => {
    const body = cut(rows, room + least, whole);
    room -= size(body) - least;
    return `${head}${body}${foot}`;
  });
  return parts.filter(Boolean).join('\n');
}
