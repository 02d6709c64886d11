import { join, type Listing } from './found.ts';

/** Tools that make static pages, where they put them, and how to tell. */
const BUILD_TOOLS: { name: string; pattern: RegExp; output: string }[] = [
  { name: 'Create React App', pattern: /react-scripts build/, output: 'build' },
  { name: 'Docusaurus', pattern: /docusaurus build/, output: 'build' },
  { name: 'Eleventy', pattern: /eleventy/, output: '_site' },
  { name: 'Gatsby', pattern: /gatsby build/, output: 'public' },
  { name: 'Astro', pattern: /astro build/, output: 'dist' },
  { name: 'VitePress', pattern: /vitepress build/, output: '.vitepress/dist' },
  { name: 'Vite', pattern: /vite build/, output: 'dist' },
  { name: 'Parcel', pattern: /parcel build/, output: 'dist' },
  { name: 'Vue CLI', pattern: /vue-cli-service build/, output: 'dist' },
  { name: 'Hugo', pattern: /\bhugo\b/, output: 'public' },
];

/** The tool that a build script runs. */
export function buildTool(script: string): { name: string; output: string } | undefined {
  return BUILD_TOOLS.find(({ pattern }) => pattern.test(script));
}

/** Whether a start script only serves the site while it is worked on. */
export function servesForDevelopment(script: string): boolean {
  return /react-scripts start|docusaurus start|gatsby develop|vue-cli-service serve|ng serve|eleventy --serve|webpack(-dev-server| serve)|parcel\b|\bastro (dev|start)|(^|\s)vite(\s|$)|live-server|http-server|hugo server/.test(
    script,
  );
}

const INSTALL: [lockfile: string, command: string][] = [
  ['package-lock.json', 'npm ci'],
  ['npm-shrinkwrap.json', 'npm ci'],
  ['pnpm-lock.yaml', 'corepack pnpm install --frozen-lockfile'],
  ['yarn.lock', 'corepack yarn install'],
];

/** How a package's dependencies are installed; undefined when it has none. */
export function installCommand(files: Listing, dir: string): string | undefined {
  const known = INSTALL.find(([lockfile]) => files.has(join(dir, lockfile)));
  if (known) return known[1];
  return /"(dev)?dependencies"\s*:\s*\{\s*"/i.test(files.get(join(dir, 'package.json')) ?? '')
    ? 'npm install'
    : undefined;
}
