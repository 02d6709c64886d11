import { defineConfig } from 'vitest/config';

/** Real accounts, in their own time: a deployment may take minutes, and each test removes what it made. */
export default defineConfig({
  test: {
    include: ['tests/live/run-live.ts'],
    testTimeout: 1_200_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
