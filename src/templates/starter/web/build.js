// Builds the site: the page with the API's address in it, which Flotilla filled in from the service's output.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

mkdirSync('dist', { recursive: true });
const page = readFileSync('index.html', 'utf8');
writeFileSync('dist/index.html', page.replaceAll('%API_URL%', process.env.API_URL));
