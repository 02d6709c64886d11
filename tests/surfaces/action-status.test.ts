/** The status page as the Action writes it, by the workflow that users copy; only what publishes to GitHub Pages is left out. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actionWorld } from '../proof/action-world.ts';

const TEMPLATE = readFileSync(join(import.meta.dirname, '../../src/templates/status-page.yml'), 'utf8');

test('a workflow writes the page for visitors, and nothing of what runs where', async () => {
  const world = await actionWorld({ serves: true });
  const publishing = TEMPLATE.indexOf('      - uses: actions/upload-pages-artifact');
  const workflow = `${TEMPLATE.slice(0, publishing)}      - run: cp -r status-page "$KEPT/pages"\n`;
  await world.push({
    'flotilla.yml': `fleet: acme\nproviders:\n  sandbox: { endpoint: "${world.cloud.url}" }\nservices:\n  api: { source: { image: nginx } }\n`,
    '.github/workflows/flotilla.yml':
      'name: flotilla\non: push\npermissions: { contents: write, checks: write, deployments: write, actions: read }\njobs: { fleet: { runs-on: ubuntu-latest, steps: [{ uses: actions/checkout@v5 }, { uses: flotilla-dev/flotilla@v0 }] } }\n',
    '.github/workflows/status-page.yml': workflow,
  });
  await world.github.settled();
  await world.api('POST', '/actions/workflows/status-page.yml/dispatches', { ref: 'main' });
  await world.github.settled();

  const pages = join(world.kept, 'pages');
  const text = readFileSync(join(pages, 'index.html'), 'utf8');
  expect(text).toContain('acme');
  expect(existsSync(join(pages, 'status.json'))).toBe(true);
  expect(existsSync(join(pages, 'fleet.json'))).toBe(false);
  expect(text).not.toContain(world.cloud.url);
});
