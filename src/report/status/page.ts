import { hash } from 'node:crypto';
import { Html, type Insert } from '../../model/html.ts';
import { markup, safeUrl, when } from './markup.ts';
import type { Standing } from './standing.ts';
import type { StatusInput } from './status-input.ts';
import { STYLE } from './style.ts';

export interface Page {
  /** The file's name. */
  path: 'index.html' | 'fleet.html';
  title: string;
  standing: Standing;
  /** The heading that says it all. */
  sentence: string;
  body: Insert;
  /** Run when the page is there; it must do without. */
  script?: string;
}

const sourceHash = (text: string): string => `'sha256-${hash('sha256', text, 'base64')}'`;

/** A whole page: one file, its style and script inside, nothing loaded from anywhere, and a policy that would not let it. */
export function page({ path, title, standing, sentence, body, script }: Page, input: StatusInput): string {
  const { status, environment, generated, audience } = input;
  const policy = [
    "default-src 'none'",
    `style-src ${sourceHash(STYLE)}`,
    ...(script === undefined ? [] : [`script-src ${sourceHash(script)}`]),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const pages = [
    ['index.html', 'Status'],
    ...(audience === 'operators' ? [['fleet.html', 'Fleet']] : []),
    ['feed.xml', 'Feed'],
  ] as [string, string][];
  const home = safeUrl(status.url);
  const text = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <meta name="description" content="${status.description ?? sentence}" />
        <link rel="alternate" type="application/atom+xml" title="Incidents" href="feed.xml" />
        <link rel="icon" href="${ICONS[standing]}" />
        ${home && markup`<link rel="canonical" href="${home.replace(/\/$/, '')}/${path === 'index.html' ? '' : path}" />`}
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body class="${standing}">
        <a class="skip" href="#content">To the content</a>
        <header class="top">
          <div class="wrap">
            <p class="brand">${status.title}</p>
            <nav aria-label="Pages">
              <ul>
                ${pages.map(
                  ([href, name]) =>
                    markup`<li><a href="${href}" ${href === path && markup` aria-current="page"`}>${name}</a></li>`,
                )}
              </ul>
            </nav>
          </div>
        </header>
        <main id="content" tabindex="-1">
          <div class="hero">
            <h1>${sentence}</h1>
            ${status.description && markup`<p>${status.description}</p>`}
            <p class="dim small">${environment}, as of ${when(generated)}</p>
          </div>
          ${body}
        </main>
        <footer>
          <div class="wrap">
            <p>
              Written by Flotilla from the records of ${input.fleet}. For programs:
              <a href="status.json">status.json</a>${
                audience === 'operators' && markup`, <a href="fleet.json">fleet.json</a>`
              }, <a href="feed.xml">a feed of incidents</a>, and <a href="badges/status/fleet.svg">badges</a>.
            </p>
          </div>
        </footer>
        ${script !== undefined && new Html(`<script>${script}</script>`)}
      </body>
    </html> `.text;
  return text.replace(/\n\s*/g, '\n');
}

const icon = (shape: string): string =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${shape}</svg>`)}`;

/** As with the marks on the page, the shape tells as much as the colour. */
const ICONS: Record<Standing, string> = {
  up: icon('<circle cx="8" cy="8" r="7" fill="#2f8a5b"/>'),
  maintenance: icon('<path d="M8 0l8 8-8 8-8-8z" fill="#1f5f8b"/>'),
  degraded: icon('<path d="M8 1l8 14H0z" fill="#b07512"/>'),
  down: icon('<path d="M1 1h14v14H1z" fill="#c0392f"/>'),
  unknown: icon('<circle cx="8" cy="8" r="6" fill="none" stroke="#8b9097" stroke-width="3"/>'),
  unwatched: icon('<circle cx="8" cy="8" r="6" fill="none" stroke="#8b9097" stroke-width="3"/>'),
};
