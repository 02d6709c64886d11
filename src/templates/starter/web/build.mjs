// Copies the page to dist/ with the API's address in it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const api = process.env.API_URL;
if (!api) throw new Error('API_URL is not set: flotilla sets it from ${service.api.url}');

mkdirSync('dist', { recursive: true });
cpSync('style.css', 'dist/style.css');
const attribute = api.replace(/&/g, '&amp;').replace(/"/g, '&quot;');
writeFileSync('dist/index.html', readFileSync('index.html', 'utf8').replaceAll('%API_URL%', () => attribute));
console.log(`built for ${api}`);
