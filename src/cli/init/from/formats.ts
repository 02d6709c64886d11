import { fromCompose } from './compose.ts';
import type { Convert } from './converted.ts';
import { fromFly } from './fly.ts';
import { fromHeroku, isHerokuApp } from './heroku.ts';
import { fromKoyeb } from './koyeb.ts';
import { fromNetlify } from './netlify.ts';
import { fromRailway } from './railway.ts';
import { fromRender } from './render.ts';
import { fromVercel } from './vercel.ts';
import { fromWrangler } from './wrangler.ts';

/** The files of one host. */
export interface Format {
  title: string;
  names: readonly string[];
  convert: Convert;
  /** Whether a file is meant, where its name alone does not tell. */
  isMeant?(name: string, text: string): boolean;
  /** The files of a folder are read together, from whichever is named. */
  isTogether?: true;
  /** Mostly for development: used where there is no other. */
  isLast?: true;
}

/** In the order of precedence inside a folder: those that say the most come first. */
export const FORMATS: readonly Format[] = [
  { title: 'Render', names: ['render.yaml', 'render.yml'], convert: fromRender },
  { title: 'Fly.io', names: ['fly.toml'], convert: fromFly },
  { title: 'Koyeb', names: ['koyeb.yaml', 'koyeb.yml'], convert: fromKoyeb },
  { title: 'Railway', names: ['railway.json', 'railway.toml'], convert: fromRailway },
  {
    title: 'Heroku',
    names: ['Procfile', 'app.json'],
    convert: fromHeroku,
    isTogether: true,
    isMeant: (name, text) => name === 'Procfile' || isHerokuApp(text),
  },
  { title: 'Cloudflare', names: ['wrangler.jsonc', 'wrangler.json', 'wrangler.toml'], convert: fromWrangler },
  { title: 'Netlify', names: ['netlify.toml'], convert: fromNetlify },
  { title: 'Vercel', names: ['vercel.json'], convert: fromVercel },
  {
    title: 'Docker Compose',
    names: ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'],
    convert: fromCompose,
    isLast: true,
  },
];

/** The format of a file by its name. */
export function formatOf(path: string): Format | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return FORMATS.find(({ names }) => names.includes(name));
}
