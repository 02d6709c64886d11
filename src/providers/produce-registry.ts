import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A generated file: its path from the root of the repository, and its text. */
export interface Product {
  path: string;
  text: string;
}

const HEAD = '// Generated from the folders beside this file: `npm run generate`. Do not edit.\n';

/** A folder is the registration: each one's `provider.ts` for the product, each one's `conformance.ts` for tests and sandbox. */
export function produceRegistry(folder: string = import.meta.dirname): Product[] {
  const names = readdirSync(folder).toSorted();
  const lines = (file: string, value: string) =>
    names
      .filter((name) => existsSync(join(folder, name, `${file}.ts`)))
      .map((name) => `  ${key(name)}: () => import('./${name}/${file}.ts').then((module) => module.${value}),\n`)
      .join('');
  return [
    {
      path: 'src/providers/registry.gen.ts',
      text: `${HEAD}import type { Provider } from '../provider-kit/provider.ts';

/** Loads a provider by its type: one lazy chunk each. */
export const registry: Record<string, () => Promise<Provider>> = {
${lines('provider', 'provider')}};
`,
    },
    {
      path: 'src/providers/conformance.gen.ts',
      text: `${HEAD}import type { Harness } from '../provider-kit/conformance.ts';

/** What stands in for each provider in the conformance suite and the sandbox; never part of the product's bundle. */
export const harnesses: Record<string, () => Promise<Harness>> = {
${lines('conformance', 'harness')}};
`,
    },
  ];
}

function key(name: string): string {
  return /^[a-z]+$/.test(name) ? name : `'${name}'`;
}
