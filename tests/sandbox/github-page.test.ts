import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGitHub } from '../../src/sandbox/github/index.ts';
import type { SandboxGitHub } from '../../src/sandbox/github/index.ts';
import { renderMarkdown } from '../../src/sandbox/github/page/markdown.ts';
import { client } from './github-client.ts';

const markdown = (text: string): string => renderMarkdown(text).text;

describe('markdown', () => {
  test.each([
    ['a heading', '## Plan `x`', '<h2>Plan <code>x</code></h2>'],
    [
      'emphasis',
      '**a** *b* ~~c~~ snake_case_name',
      '<p><strong>a</strong> <em>b</em> <del>c</del> snake_case_name</p>',
    ],
    ['nested lists', '- a\n  - b\n- c', '<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>'],
    ['a fence', '```yaml\na: <b>\n```', '<pre><code>a: &lt;b&gt;</code></pre>'],
    ['an escaped bar', '| a |\n|---|\n| x \\| y |', '<td>x | y</td>'],
    ['code that looks like emphasis', '`**a**`', '<p><code>**a**</code></p>'],
    ['a link', '[a **b**](https://x.test/?a=1&b=2)', 'href="https://x.test/?a=1&amp;b=2"'],
    ['details', '<details><summary>More</summary>\n\ntext\n\n</details>', '<details><summary>More</summary>'],
  ])('%s', (_, text, expected) => {
    expect(markdown(text)).toContain(expected);
  });

  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<details open onclick=alert(1)>',
    '[x](javascript:alert(1))',
    '[x](data:text/html,x)',
    '[x](https://a.test/"onmouseover="alert(1))',
    '<a href="javascript:x">x</a>',
    '`<script>`',
    '\uE0000\uE000<script>\uE0001\uE000',
    '| <script> |\n|---|\n| <img src=x onerror=y> |',
  ])('%s stays harmless', (text) => {
    const rendered = markdown(text);
    expect(rendered).not.toMatch(/<(script|img|a href="(?!https?:|#|\/))/i);
    expect(rendered).not.toMatch(/<[^>]*\son\w+=/i);
  });
});

describe('the pages', () => {
  let github: SandboxGitHub;
  const evil = '<script>alert("x")</script>';
  beforeAll(async () => {
    github = await startGitHub();
    await github.createRepository('acme/fleet', {
      files: { 'flotilla.yml': `fleet: acme # ${evil}\n`, [`${evil.replace('/', '')}.txt`]: evil },
    });
    const { rest } = client(github, github.createUser('alice', 'admin').token);
    const { sha } = await github.push('acme/fleet', {
      branch: 'topic',
      files: { 'flotilla.yml': 'fleet: b\n' },
      message: evil,
    });
    await rest('POST /repos/acme/fleet/pulls', { title: evil, body: evil, head: 'topic', base: 'main' });
    await rest('POST /repos/acme/fleet/issues/1/comments', { body: evil });
    await client(github, github.actionsToken('acme/fleet')).rest('POST /repos/acme/fleet/check-runs', {
      name: evil,
      head_sha: sha,
      conclusion: 'failure',
      output: {
        title: evil,
        summary: evil,
        annotations: [
          { path: 'flotilla.yml', start_line: 1, end_line: 1, annotation_level: 'failure', title: evil, message: evil },
        ],
      },
    });
  });
  afterAll(() => github.close());

  test.each([
    '/',
    '/acme/fleet',
    '/acme/fleet/pull/1',
    '/acme/fleet/tree/topic',
    '/acme/fleet/commits/topic',
    '/acme/fleet/runs/CHECK',
  ])('%s shows all text as text', async (path) => {
    const [check] = github.state.repositories.get('acme/fleet')!.checks.keys();
    const response = await fetch(github.url + path.replace('CHECK', String(check)));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await response.text();
    expect(text).not.toContain('<script>alert');
    if (path !== '/') expect(text).toContain('&lt;script&gt;');
  });

  test('an annotation stands under its line', async () => {
    const text = await (await fetch(`${github.url}/acme/fleet/pull/1`)).text();
    expect(text).toMatch(/\+fleet: b<\/td>\s*<\/tr>\s*<tr class="note">/);
  });

  test.each([
    '/acme/none',
    '/acme/fleet/pull/99',
    '/acme/fleet/tree/none',
    '/%E0%A4%A',
    '/acme/fleet/raw/main/../../x',
  ])('%s is not there', async (path) => {
    expect((await fetch(github.url + path)).status).toBeGreaterThanOrEqual(400);
  });
});
