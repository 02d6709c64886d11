import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of ten seconds and more, the longest first. One that began last would leave the other worker without work. */
const LONG = [
  'tests/crash/github.test.ts',
  'tests/conformance/providers.test.ts',
  'tests/crash/health.test.ts',
  'tests/crash/git.test.ts',
  'tests/surfaces/cli-fleet.test.ts',
  'tests/flow/hostile-configs.test.ts',
  'tests/proof/canaries.test.ts',
  'tests/surfaces/app-process.test.ts',
  'tests/surfaces/cli-init.test.ts',
  'tests/proof/concurrency.test.ts',
  'tests/proof/interrupt.test.ts',
  'tests/proof/health-stories.test.ts',
  'tests/record/github-store.test.ts',
  'tests/providers/local-crash.test.ts',
  'tests/surfaces/cli.test.ts',
  'tests/proof/fork.test.ts',
  'tests/proof/requests.test.ts',
  'tests/proof/renewal.test.ts',
];

/**
 * Begins with the files that are known to take long, also in a fresh clone, where vitest knows no times yet and goes by the
 * size of files. The order of all others is vitest's.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((path) => moduleId.endsWith(`/${path}`));
      return at < 0 ? LONG.length : at;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- it is vitest's method, not an array's
    const usual = await super.sort(files);
    return usual.toSorted((a, b) => rank(a) - rank(b));
  }
}
