import type { CheckAnnotation, CheckRun } from '../state.ts';
import type { Html } from '../../../model/html.ts';
import { html } from '../../../model/html.ts';

/** An annotation and the check that made it. */
export interface Note {
  annotation: CheckAnnotation;
  run: CheckRun;
}

const box = ({ annotation, run }: Note): Html =>
  html`<div class="note-box ${annotation.annotation_level}">
    <strong>${annotation.title ?? annotation.annotation_level}</strong> <span class="faint small">${run.name}</span>
    <p>${annotation.message}</p>
  </div>`;

const noteRow = (notes: readonly Note[], columns: number): Html | false =>
  notes.length > 0 &&
  html`<tr class="note">
    <td colspan="${columns}">${notes.map(box)}</td>
  </tr>`;

const endingAt = (notes: readonly Note[], line: number): Note[] =>
  notes.filter(({ annotation }) => annotation.end_line === line);

/** A file with line numbers, notes under the lines they are about. */
export const numbered = (text: string, notes: readonly Note[] = [], from = 1): Html => {
  const lines = text.replace(/\n$/, '').split('\n');
  return html`<div class="scroll">
    <table class="code">
      ${lines.map((line, at) => {
        const number = from + at;
        return html`<tr id="L${number}">
            <td class="n">${number}</td>
            <td>${line}</td>
          </tr>
          ${noteRow(endingAt(notes, number), 2)}`;
      })}
    </table>
  </div>`;
};

/** A patch as GitHub's API gives it, with notes under the new lines they are about. */
export const patched = (patch: string, notes: readonly Note[]): { markup: Html; shown: Set<Note> } => {
  const shown = new Set<Note>();
  let [before, after] = [0, 0];
  const rows = patch.split('\n').map((line) => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
    if (hunk) {
      [before, after] = [Number(hunk[1]), Number(hunk[2])];
      return html`<tr class="hunk">
        <td class="n"></td>
        <td class="n"></td>
        <td>${line}</td>
      </tr>`;
    }
    if (line.startsWith('\\'))
      return html`<tr>
        <td class="n"></td>
        <td class="n"></td>
        <td class="faint">${line}</td>
      </tr>`;
    if (line.startsWith('-'))
      return html`<tr class="del">
        <td class="n">${before++}</td>
        <td class="n"></td>
        <td>${line}</td>
      </tr>`;
    const here = endingAt(notes, after);
    for (const note of here) shown.add(note);
    const added = line.startsWith('+');
    return html`<tr class="${added ? 'add' : ''}">
        <td class="n">${added ? '' : before++}</td>
        <td class="n">${after++}</td>
        <td>${line}</td>
      </tr>
      ${noteRow(here, 3)}`;
  });
  return {
    markup: html`<div class="scroll">
      <table class="code">
        ${rows}
      </table>
    </div>`,
    shown,
  };
};

/** Notes on lines that nothing else shows, each with its line and its neighbours. */
export const excerpts = (text: string, notes: readonly Note[]): Html => {
  const lines = text.split('\n');
  const around = 2;
  let last = 0;
  const parts = notes
    .toSorted((a, b) => a.annotation.end_line - b.annotation.end_line)
    .flatMap(({ annotation }) => {
      if (annotation.end_line <= last) return [];
      const from = Math.max(last + 1, annotation.start_line - around);
      const to = Math.min(lines.length, annotation.end_line + around);
      last = to;
      return [numbered(lines.slice(from - 1, to).join('\n'), notes, from)];
    });
  return html`<p class="outside faint small">Lines outside the change</p>
    ${parts}`;
};
