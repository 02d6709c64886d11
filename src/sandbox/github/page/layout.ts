import { createHash } from 'node:crypto';
import type { Insert } from '../../../model/html.ts';
import { html, Html } from '../../../model/html.ts';
import { refreshScript, style } from './style.ts';

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing from elsewhere, no script but our own. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src ${hash(style)}`,
  `script-src ${hash(refreshScript)}`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const boats = new Html(
  '<svg width="26" height="20" viewBox="0 0 26 20" fill="none" aria-hidden="true"><path d="M12 1v11H5z" fill="#7fd3d9"/><path d="M14 4v8h6z" fill="#f3c677"/><path d="M3 14h20l-3 4H6z" fill="#e8f3f4"/></svg>',
);

export interface PageContent {
  title: string;
  /** From the repository down: label and where it leads. */
  crumbs?: readonly (readonly [label: string, href: string])[];
  /** Something on it is still going on: it reloads itself. */
  live?: boolean;
  body: Insert;
}

export const layout = ({ title, crumbs = [], live = false, body }: PageContent): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Flotilla sandbox</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <header class="top">
          <div>
            <a class="brand" href="/">${boats}Flotilla sandbox</a
            >${crumbs.map(([label, href]) => html`<a class="crumb" href="${href}">${label}</a>`)}
          </div>
        </header>
        <main>${body}</main>
        <footer>A GitHub on this machine, for trying things out. Nothing here leaves it.</footer>
        ${live && new Html(`<script>${refreshScript}</script>`)}
      </body>
    </html> `.text;
