import type { Html } from '../../model/html.ts';
import type { Event } from '../../model/state.ts';
import { clip } from '../visible.ts';
import { markup, linked, when } from './markup.ts';
import type { StatusInput } from './status-input.ts';

/** Newest events on the page; the branch has them all. */
const MOST = 150;

/** The journal as a list, with a box to search it that only shows where scripts run. */
export function journalPart({ events, repository }: StatusInput): Html {
  // What was intended is followed by what became of it.
  const told = events.filter(({ kind }) => kind !== 'step.intended').toReversed();
  const shown = told.slice(0, MOST);
  if (shown.length === 0) return markup`<p class="dim">Nothing has happened yet.</p>`;
  return markup`<label class="find" hidden
      >Search the journal
      <input type="search" id="find" autocomplete="off" spellcheck="false" aria-controls="journal-list"
    /></label>
    <p class="dim small" id="found" role="status">
      ${shown.length === told.length ? '' : `The newest ${shown.length} of ${told.length} events of 30 days.`}
    </p>
    <ol class="when" id="journal-list">
      ${shown.map(
        (event) =>
          markup`<li>
            ${when(event.at)}
            <span
              >${what(event)}${
                event.commit !== null && markup` <span class="dim">at ${commitLink(event.commit, repository)}</span>`
              } <span class="dim">by ${clip(event.actor, 60)}</span>${
                event.message !== undefined && markup`<br /><span class="dim">${clip(event.message, 200)}</span>`
              }</span
            >
          </li>`,
      )}
    </ol>`;
}

export function commitLink(commit: string, repository: string | undefined) {
  const text = markup`<code>${commit.slice(0, 7)}</code>`;
  return repository === undefined ? text : linked(text, `${repository}/commit/${encodeURIComponent(commit)}`);
}

function what({ kind, action, resource, provider, plan }: Event): Html {
  const [about, happened = ''] = kind.split('.');
  const words = happened.replaceAll('-', ' ');
  if (about === 'step' && resource) return markup`<strong>${resource}</strong> on ${provider}: ${action} ${words}`;
  return markup`<strong>${resource ?? about}</strong> ${resource === undefined ? '' : `${about} `}${words}${
    plan !== undefined && markup`, plan <code>${plan.slice(0, 12)}</code>`
  }`;
}

/** Lists only what holds all the words that are searched for. */
export const SEARCH = `
const box = document.getElementById('find');
if (box) {
  const rows = [...document.querySelectorAll('#journal-list > li')].map((row) => [row, row.textContent.toLowerCase()]);
  const told = document.getElementById('found');
  const before = told.textContent;
  box.parentElement.hidden = false;
  box.addEventListener('input', () => {
    const words = box.value.toLowerCase().split(/\\s+/);
    let count = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) count += 1;
    }
    told.textContent = box.value.trim() === '' ? before : count + (count === 1 ? ' event' : ' events');
  });
}
`
  .replace(/\n\s*/g, '\n')
  .trim();
