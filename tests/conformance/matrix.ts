import type { Kind } from '../../src/model/resource.ts';
import { CASES, type Case } from '../../src/provider-kit/conformance.ts';

/** Which provider passed which case, for how many kinds; skips with their reasons below. */
export function createMatrix(names: readonly Case[] = Object.keys(CASES) as Case[]) {
  const cells = new Map<string, { passed: number; of: number } | 'skipped'>();
  const providers = new Set<string>();
  const reasons: string[] = [];
  const cell = (provider: string, name: Case) => {
    const known = cells.get(`${provider} ${name}`);
    if (typeof known === 'object') return known;
    const made = { passed: 0, of: 0 };
    cells.set(`${provider} ${name}`, made);
    providers.add(provider);
    return made;
  };
  const show = (provider: string, name: Case): string => {
    const found = cells.get(`${provider} ${name}`);
    if (found === undefined) return 'not run';
    return found === 'skipped' ? 'skipped' : `${found.passed} of ${found.of}`;
  };
  return {
    started: (provider: string, name: Case) => void (cell(provider, name).of += 1),
    passed: (provider: string, name: Case) => void (cell(provider, name).passed += 1),
    skipped(provider: string, name: Case, reason: string) {
      providers.add(provider);
      cells.set(`${provider} ${name}`, 'skipped');
      reasons.push(`${provider} skips ${name}: ${reason}`);
    },
    /** The other kinds still run. */
    skippedKind: (provider: string, name: Case, kind: Kind, reason: string) =>
      void reasons.push(`${provider} skips ${name} of ${kind}: ${reason}`),
    text(): string {
      const rows = [
        ['case', ...providers],
        ...names.map((name) => [name, ...[...providers].map((provider) => show(provider, name))]),
      ];
      return [
        ...rows.map((row) =>
          row
            .map((text) => text.padEnd(16))
            .join('')
            .trimEnd(),
        ),
        '',
        ...reasons,
      ].join('\n');
    },
  };
}
