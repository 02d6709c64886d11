import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusSite } from '../../src/report/status/status-site.ts';
import { statusInput } from '../report/status-sample.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (CHROMIUM === undefined) console.log('status pages are not looked at: there is no Chromium on this machine');

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 };
const SMALLEST = { width: 320, height: 600 };
const DESKTOP = { width: 1280, height: 900 };

describe.skipIf(CHROMIUM === undefined)('the status pages in a browser', () => {
  const files = statusSite(statusInput());
  let server: Server;
  let browser: Browser;
  let origin: string;
  let asked: string[] = [];

  beforeAll(async () => {
    server = createServer(({ url = '/' }, response) => {
      asked.push(url);
      const text = files.get(url.slice(1));
      response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({
      executablePath: CHROMIUM as string,
      args: ['--no-sandbox', '--disable-gpu'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Opens a page in a browser of its own, and gives what it complained of. */
  async function opened(name: string, options: BrowserContextOptions, look: (page: Page) => Promise<void>) {
    asked = [];
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${origin}/${name}`);
    await look(page);
    await context.close();
    expect(complaints).toEqual([]);
  }

  const audit = async (page: Page): Promise<{ violations: string[]; passes: number }> => {
    if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
    return page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations, passes }) => ({
      passes: passes.length,
      violations: violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)),
    }))`);
  };
  const overflow = (page: Page): Promise<number> =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  const looks = (['index.html', 'fleet.html'] as const).flatMap((name) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ name, colorScheme })),
  );

  test.each(looks)('$name, $colorScheme: keeps nobody out, asks for nothing else', async ({ name, colorScheme }) => {
    await opened(name, { colorScheme, viewport: DESKTOP }, async (page) => {
      for (const viewport of [DESKTOP, PHONE, SMALLEST]) {
        await page.setViewportSize(viewport);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        if (viewport === SMALLEST) continue;
        const { violations, passes } = await audit(page);
        expect(violations).toEqual([]);
        expect(passes).toBeGreaterThan(20);
      }
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    });
    expect(asked).toEqual([`/${name}`]);
  });

  test('the journal is searched where scripts run, and read where they do not', async () => {
    await opened('fleet.html', { viewport: DESKTOP }, async (page) => {
      await page.getByLabel('Search the journal').fill('search FAILED');
      expect(await page.locator('#journal-list > li:visible').count()).toBe(1);
      expect(await page.locator('#found').textContent()).toBe('1 event');
    });
    await opened('fleet.html', { viewport: DESKTOP, javaScriptEnabled: false }, async (page) => {
      expect(await page.locator('#find').isVisible()).toBe(false);
      expect(await page.locator('#journal-list > li:visible').count()).toBe(7);
    });
  });

  test('the first stop of the keyboard leads past the menu, and every stop shows', async () => {
    await opened('index.html', { viewport: DESKTOP }, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('content');
    });
  });
});
