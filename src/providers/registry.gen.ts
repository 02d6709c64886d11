// Generated from the folders beside this file: `npm run generate`. Do not edit.
import type { Provider } from '../provider-kit/provider.ts';

/** Loads a provider by its type: one lazy chunk each. */
export const registry: Record<string, () => Promise<Provider>> = {
  cloudflare: () => import('./cloudflare/provider.ts').then((module) => module.provider),
  docker: () => import('./docker/provider.ts').then((module) => module.provider),
  fly: () => import('./fly/provider.ts').then((module) => module.provider),
  'github-pages': () => import('./github-pages/provider.ts').then((module) => module.provider),
  heroku: () => import('./heroku/provider.ts').then((module) => module.provider),
  koyeb: () => import('./koyeb/provider.ts').then((module) => module.provider),
  local: () => import('./local/provider.ts').then((module) => module.provider),
  netlify: () => import('./netlify/provider.ts').then((module) => module.provider),
  railway: () => import('./railway/provider.ts').then((module) => module.provider),
  render: () => import('./render/provider.ts').then((module) => module.provider),
  sandbox: () => import('./sandbox/provider.ts').then((module) => module.provider),
  vercel: () => import('./vercel/provider.ts').then((module) => module.provider),
};
