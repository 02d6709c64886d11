// Generated from the folders beside this file: `npm run generate`. Do not edit.
import type { Harness } from '../provider-kit/conformance.ts';

/** What stands in for each provider in the conformance suite and the sandbox; never part of the product's bundle. */
export const harnesses: Record<string, () => Promise<Harness>> = {
  cloudflare: () => import('./cloudflare/conformance.ts').then((module) => module.harness),
  docker: () => import('./docker/conformance.ts').then((module) => module.harness),
  fly: () => import('./fly/conformance.ts').then((module) => module.harness),
  'github-pages': () => import('./github-pages/conformance.ts').then((module) => module.harness),
  heroku: () => import('./heroku/conformance.ts').then((module) => module.harness),
  koyeb: () => import('./koyeb/conformance.ts').then((module) => module.harness),
  local: () => import('./local/conformance.ts').then((module) => module.harness),
  netlify: () => import('./netlify/conformance.ts').then((module) => module.harness),
  railway: () => import('./railway/conformance.ts').then((module) => module.harness),
  render: () => import('./render/conformance.ts').then((module) => module.harness),
  sandbox: () => import('./sandbox/conformance.ts').then((module) => module.harness),
  vercel: () => import('./vercel/conformance.ts').then((module) => module.harness),
};
