/** The release workflow, executed against a local repository; npm and gh are stand-ins. */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { RunResult } from '../../src/sandbox/github/workflow-runner.ts';
import { bareRepository, git, start, temporaryFolder, writeFiles } from '../sandbox/runner-fixture.ts';

const text = readFileSync(join(import.meta.dirname, '../../.github/workflows/release.yml'), 'utf8');

/** A repository with its tags, and what runs the release of one. */
function repository() {
  const root = temporaryFolder();
  const bare = join(root, 'acme', 'fleet.git');
  writeFiles(join(root, 'stubs'), {
    npm: '#!/bin/sh\nif [ "$*" = "run build" ]; then mkdir -p dist && echo "built $GITHUB_REF_NAME" > dist/action.js; fi\n',
    gh: '#!/bin/sh\nexit 0\n',
  });
  for (const stub of ['npm', 'gh']) chmodSync(join(root, 'stubs', stub), 0o755);
  bareRepository(root, { 'package.json': '{"version":"0.0.0"}', '.gitignore': 'dist/\n' });
  const work = join(root, 'work');
  return {
    root,
    bare: (...args: string[]): string => git(bare, ...args),
    work: (...args: string[]): string => git(work, ...args),
    /** Commits a version on main and tags it. */
    commitVersion(version: string, tag = `v${version}`): void {
      writeFiles(work, { 'package.json': JSON.stringify({ version }) });
      git(work, 'commit', '--quiet', '--all', '-m', `version ${version}`);
      git(work, 'tag', tag);
      git(work, 'push', '--quiet', bare, 'main', tag);
    },
    /** What GitHub would run for a pushed tag. */
    release(tag: string): Promise<RunResult> {
      const sha = git(bare, 'rev-parse', tag);
      return start(
        text,
        { ref: `refs/tags/${tag}`, sha, serverUrl: `file://${root}` },
        { env: { PATH: `${join(root, 'stubs')}:${process.env.PATH}` } },
      ).done;
    },
  };
}

test('the tag and the major tag move to a child that carries dist/; the branch stays', async () => {
  const { bare, commitVersion, release } = repository();
  commitVersion('0.1.0');
  const main = bare('rev-parse', 'main');
  const { conclusion, jobs } = await release('v0.1.0');
  expect(jobs.map((job) => [job.id, job.conclusion])).toEqual([
    ['check', 'success'],
    ['tag', 'success'],
    ['npm', 'skipped'],
  ]);
  expect(conclusion).toBe('success');
  expect(bare('show', 'v0.1.0:dist/action.js')).toBe('built v0.1.0');
  expect(bare('rev-parse', 'v0.1.0^')).toBe(main);
  expect(bare('rev-parse', 'v0')).toBe(bare('rev-parse', 'v0.1.0'));
  expect(bare('rev-parse', 'main')).toBe(main);
});

test('the next release moves the major tag on; a patch of an older line does not take it back', async () => {
  const { bare, commitVersion, release } = repository();
  for (const version of ['0.1.0', '0.10.0', '0.9.1']) {
    commitVersion(version);
    expect((await release(`v${version}`)).conclusion).toBe('success');
  }
  expect(bare('show', 'v0:dist/action.js')).toBe('built v0.10.0');
  expect(bare('show', 'v0.9.1:dist/action.js')).toBe('built v0.9.1');
});

test.each([
  ['v0.2.0', 'the tag is v0.2.0, the version v0.1.0'],
  ['v0.1.0', 'v0.1.0 is not on main, or is released already'],
])('%s is refused when wrong: %s', async (tag, message) => {
  const { bare, commitVersion, release } = repository();
  commitVersion('0.1.0', tag);
  if (tag === 'v0.1.0') await release(tag);
  const before = bare('show-ref');
  const { conclusion, jobs } = await release(tag);
  expect(conclusion).toBe('failure');
  expect(jobs[0]!.annotations[0]!.message).toBe(message);
  expect(jobs[1]!.conclusion).toBe('skipped');
  expect(bare('show-ref')).toBe(before);
});
