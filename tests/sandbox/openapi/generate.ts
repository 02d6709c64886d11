/**
 * Writes github.slice.json beside this file from GitHub's whole OpenAPI description (13 MB, so not kept here):
 * `node tests/sandbox/openapi/generate.ts [FILE]`, where FILE is `generated/api.github.com.json` of the npm package
 * `@octokit/openapi`, or `github/api.github.com.json` below the folder that FLOTILLA_SPECS names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { correct } from './corrections.ts';
import { operations } from './operations.ts';
import { print, slice } from './slice.ts';

const folder = process.env['FLOTILLA_SPECS'];
const file = process.argv[2] ?? (folder && join(folder, 'github/api.github.com.json'));
if (!file) {
  console.error("Which description? Give the path of GitHub's OpenAPI file, or its folder in FLOTILLA_SPECS.");
  process.exit(1);
}
const target = join(import.meta.dirname, 'github.slice.json');
const text = print(slice(correct(JSON.parse(readFileSync(file, 'utf8'))), operations));
writeFileSync(target, text);
console.log(`${operations.length} operations, ${Math.round(text.length / 1000)} KB: ${target}`);
