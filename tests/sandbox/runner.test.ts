import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { JobReport } from '../../src/sandbox/github/workflow-runner.ts';
import { bareRepository, printed, runSteps, start, temporaryFolder, writeFiles } from './runner-fixture.ts';
import { workflowOf } from './runner-request.ts';

/** A token turned round passes the mask. */
function reversed(text: string): string {
  return [...text].toReversed().join('');
}

describe('environment', () => {
  test('nothing of the parent leaks in; the defaults are there; the token is not', async () => {
    process.env.FLOTILLA_TEST_LEAK = 'leaked';
    const job = await runSteps(
      `- run: env | sort\n- run: echo "node is $(command -v node)"`,
      {},
      { env: { OWN: 'yes' } },
    );
    delete process.env.FLOTILLA_TEST_LEAK;
    const names = printed(job, 1)
      .split('\n')
      .map((line) => line.split('=')[0])
      .filter((name) => name && !/^(?:GITHUB|RUNNER)_/.test(name));
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name!))).toEqual([
      'CI',
      'HOME',
      'LANG',
      'OWN',
      'PATH',
    ]);
    const text = printed(job, 1);
    expect(text).not.toContain('ghs_');
    expect(text).not.toContain('***');
    expect(text).toContain('GITHUB_REPOSITORY=acme/fleet\n');
    expect(text).toContain('GITHUB_REF_NAME=main\n');
    expect(text).toContain('GITHUB_RUN_ID=42\n');
    expect(text).toMatch(/GITHUB_WORKSPACE=\S+\/_work\/fleet\/fleet\n/);
    expect(printed(job, 2)).toMatch(/node is \S+flotilla-runner-\S+\/bin\/node/);
  });

  test('a job has folders of its own, which are gone afterwards', async () => {
    const job = await runSteps(
      `- run: echo "$HOME|$PWD|$RUNNER_TEMP" && touch "$HOME/x" left\n- run: cat "$GITHUB_EVENT_PATH"`,
    );
    const folders = printed(job, 1).trim().split('|');
    expect(folders).toHaveLength(3);
    for (const folder of folders) expect(existsSync(folder)).toBe(false);
    expect(JSON.parse(printed(job, 2))).toEqual({ head_commit: { message: 'hello' } });
  });

  test('env: of workflow, job and step, and GITHUB_ENV between; GITHUB_* cannot be changed', async () => {
    const { jobs } = await start(`
on: push
env: { A: workflow, B: workflow, C: workflow, GITHUB_SHA: forged }
jobs:
  job:
    runs-on: ubuntu-latest
    env: { B: job, C: 'job of \${{ github.actor }}' }
    steps:
      - run: |
          echo "D=set" >> "$GITHUB_ENV"
          printf 'E<<EOF\\none\\ntwo = 2\\nEOF\\n' >> "$GITHUB_ENV"
          echo "A=changed" >> "$GITHUB_ENV"
          mkdir -p "$RUNNER_TEMP/tools" && printf '#!/bin/sh\\necho tool' > "$RUNNER_TEMP/tools/mytool"
          chmod +x "$RUNNER_TEMP/tools/mytool" && echo "$RUNNER_TEMP/tools" >> "$GITHUB_PATH"
      - run: echo "$A/$B/$C/$D/$E/$GITHUB_SHA" && mytool
        env: { C: step }
`).done;
    expect(printed(jobs[0]!, 2)).toBe(`changed/job/step/set/one\ntwo = 2/${'1'.repeat(40)}\ntool\n`);
  });

  test('GITHUB_TOKEN is the narrow one where the job has permissions, and only where the workflow passes it', async () => {
    const { jobs } = await start(`
on: push
jobs:
  whole:
    runs-on: ubuntu-latest
    steps:
      - run: printf %s "$T" | rev
        env: { T: '\${{ secrets.GITHUB_TOKEN }}' }
  narrow:
    runs-on: ubuntu-latest
    permissions: { checks: write }
    steps:
      - run: printf %s "$T" | rev && echo " $T"
        env: { T: '\${{ github.token }}' }
`).done;
    expect(printed(jobs[0]!, 1).trim()).toBe(reversed('ghs_wholetoken'));
    expect(printed(jobs[1]!, 1).trim()).toBe(`${reversed('ghs_narrow_checks')} ***`);
  });

  test('secrets of a deployment environment lie over those of the repository; variables are read by name', async () => {
    const text = `
on: push
jobs:
  job:
    environment: { name: '\${{ vars.WHERE }}', url: 'https://acme.dev' }
    runs-on: ubuntu-latest
    steps:
      - run: printf '%s-%s' "$A" "$B" | rev
        env: { A: '\${{ secrets.A }}', B: '\${{ secrets.B }}' }
`;
    const { jobs } = await start(text, {
      secrets: { A: 'repo-a', B: 'repo-b' },
      environmentSecrets: { staging: { B: 'staged-b' } },
      variables: { WHERE: 'staging' },
    }).done;
    expect(printed(jobs[0]!, 1).trim()).toBe(reversed('repo-a-staged-b'));
  });

  test('a home handed in outlives the job', async () => {
    const home = temporaryFolder();
    await runSteps(`- run: echo kept > "$HOME/note"`, {}, { home });
    expect(printed(await runSteps(`- run: cat "$HOME/note"`, {}, { home }), 1)).toBe('kept\n');
  });

  test('a malformed command file fails the step and says where', async () => {
    const job = await runSteps(`- run: printf 'A<<EOF\\nx\\n' >> "$GITHUB_OUTPUT"\n- run: echo never`);
    expect(job.conclusion).toBe('failure');
    expect(job.steps.map((step) => step.conclusion)).toEqual(['success', 'failure', 'skipped']);
    expect(printed(job, 1)).toContain("GITHUB_OUTPUT, line 1: matching delimiter not found 'EOF'");
  });
});

describe('commands', () => {
  test('annotations, groups, masks and stop-commands', async () => {
    const job = await runSteps(
      `
- name: speaks
  run: |
    echo "::error file=flotilla.yml,line=3,endLine=4,col=2,title=Bad%2C very::no such provider%0Asecond"
    echo "::warning::careful"
    echo "::notice title=T::fyi"
    echo "::group::Inside"
    echo "::add-mask::hunter2"
    echo "password hunter2, secret s3cr3t"
    echo "::endgroup::"
    echo "::stop-commands::pause"
    echo "::error::not a command"
    echo "::pause::"
    echo "::debug::unseen"
    echo "# sum hunter2" >> "$GITHUB_STEP_SUMMARY"
- run: echo "still hunter2" >&2`,
      { secrets: { S: 's3cr3t' } },
    );
    expect(job.annotations).toEqual([
      {
        level: 'error',
        message: 'no such provider\nsecond',
        title: 'Bad, very',
        file: 'flotilla.yml',
        line: 3,
        endLine: 4,
        column: 2,
      },
      { level: 'warning', message: 'careful' },
      { level: 'notice', message: 'fyi', title: 'T' },
    ]);
    expect(printed(job, 'speaks').split('\n').slice(2)).toEqual([
      '##[warning]careful',
      '##[notice]fyi',
      '##[group]Inside',
      'password ***, secret ***',
      '##[endgroup]',
      '::stop-commands::pause',
      '::error::not a command',
      '::pause::',
      '',
    ]);
    expect(job.summary).toBe('# sum ***\n');
    expect(printed(job, 2)).toBe('still ***\n');
  });

  test('ten annotations of a level are kept a step', async () => {
    const job = await runSteps(`- run: for i in $(seq 12); do echo "::warning::w$i"; done; echo "::error::e"`);
    expect(job.annotations.map((one) => one.message)).toEqual([
      ...Array.from({ length: 10 }, (_, i) => `w${i + 1}`),
      'e',
    ]);
  });
});

describe('flow', () => {
  test('if:, outcomes, continue-on-error, outputs, working-directory and shells', async () => {
    const job = await runSteps(`
- id: one
  run: |
    echo "answer=42" >> "$GITHUB_OUTPUT"
    mkdir sub
- id: bad
  run: exit 3
  continue-on-error: \${{ github.event_name == 'push' }}
- name: told \${{ steps.one.outputs.answer }}
  if: steps.bad.outcome == 'failure' && steps.bad.conclusion == 'success'
  run: pwd
  working-directory: sub
- if: \${{ contains(github.event.head_commit.message, 'bye') }}
  run: echo no
- name: pipe
  shell: bash
  run: false | true
- name: after
  run: echo no
- name: cleanup
  if: failure()
  shell: sh
  run: echo "status \${{ job.status }} $0"
- name: nowhere
  if: always()
  run: pwd
  working-directory: absent`);
    expect(job.steps.map((step) => [step.name, step.conclusion])).toEqual([
      ['Set up job', 'success'],
      ['Run echo "answer=42" >> "$GITHUB_OUTPUT"', 'success'],
      ['Run exit 3', 'success'],
      ['told 42', 'success'],
      ['Run echo no', 'skipped'],
      ['pipe', 'failure'],
      ['after', 'skipped'],
      ['cleanup', 'success'],
      ['nowhere', 'failure'],
    ]);
    expect(printed(job, 2)).toContain('Process completed with exit code 3.');
    expect(printed(job, 3)).toMatch(/\/fleet\/sub\n$/);
    expect(printed(job, 'cleanup')).toContain('status failure');
    expect(printed(job, 'nowhere')).toContain('there is no folder absent in the workspace');
  });

  test('jobs run in the order of their needs, hand outputs on, and skip after a failure unless asked', async () => {
    const progress: string[] = [];
    const note = (jobs: JobReport[]): number => progress.push(jobs.map((job) => job.status[0]).join(''));
    const { conclusion, jobs } = await start(
      `
on: push
jobs:
  last:
    needs: [first, fails]
    if: always()
    runs-on: ubuntu-latest
    steps:
      - run: echo "\${{ needs.first.outputs.word }} \${{ needs.fails.result }}"
  skipped:
    needs: fails
    runs-on: ubuntu-latest
    steps: [{ run: exit 0 }]
  first:
    runs-on: ubuntu-latest
    outputs:
      word: \${{ steps.w.outputs.word }}
      secret: \${{ steps.w.outputs.secret }}
    steps:
      - id: w
        run: |
          echo "word=hi" >> "$GITHUB_OUTPUT"
          echo "secret=s3cr3t" >> "$GITHUB_OUTPUT"
  fails:
    runs-on: ubuntu-latest
    steps: [{ run: exit 1 }]
`,
      { secrets: { S: 's3cr3t' }, onProgress: note },
    ).done;
    expect(conclusion).toBe('failure');
    expect(jobs.map((job) => [job.id, job.conclusion])).toEqual([
      ['last', 'success'],
      ['skipped', 'skipped'],
      ['first', 'success'],
      ['fails', 'failure'],
    ]);
    expect(printed(jobs[0]!, 1)).toBe('hi failure\n');
    expect(jobs[2]!.outputs).toEqual({ word: 'hi' });
    expect(progress[0]).toBe('qqqq');
    expect(progress.at(-1)).toBe('cccc');
  });

  test.each([
    ['strategy: { matrix: { a: [1] } }', 'jobs.job.strategy: a matrix is not supported'],
    ['container: node:24', 'jobs.job.container: containers are not supported'],
    ['needs: gone', "jobs.job.needs: there is no job 'gone'"],
    ['needs: job', 'jobs need each other: job → job'],
    ['colour: red', 'jobs.job.colour: not known here'],
  ])('%s is refused with the place', async (line, message) => {
    const { conclusion, jobs } = await start(workflowOf('- run: x').replace('    steps:', `    ${line}\n    steps:`))
      .done;
    expect(conclusion).toBe('failure');
    expect(jobs[0]!.annotations[0]!.message).toContain(`.github/workflows/test.yml: ${message}`);
  });

  test('an action that is not there fails the set-up, before any step', async () => {
    const job = await runSteps(`- run: echo first\n- uses: acme/unknown@v1`);
    expect(job.steps.map((step) => step.conclusion)).toEqual(['failure', 'skipped', 'skipped']);
    expect(job.annotations[0]!.message).toContain(
      "uses: acme/unknown@v1: the sandbox's runner does not have this action",
    );
  });

  test('an expression that is wrong fails its step and names itself', async () => {
    const job = await runSteps(`- run: echo \${{ nonsense.x }}\n- if: always()\n  run: echo \${{ hashFiles('x') }}`);
    expect(job.steps.map((step) => step.conclusion)).toEqual(['success', 'failure', 'failure']);
    expect(job.annotations.map((one) => one.message)).toEqual([
      expect.stringContaining('${{ nonsense.x }}: '),
      expect.stringContaining("${{ hashFiles('x') }}: "),
    ]);
  });
});

describe('actions', () => {
  test('checkout fetches the commit; a local composite action gets inputs and gives outputs', async () => {
    const root = temporaryFolder();
    const sha = bareRepository(root, {
      'README.md': 'the fleet\n',
      'greet/action.yml': `
name: greet
inputs:
  who: { required: true }
  mood: { default: '\${{ github.actor }} is glad' }
outputs:
  greeting: { value: '\${{ steps.say.outputs.text }}' }
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      env: { WHO: '\${{ inputs.who }}' }
      run: |
        echo "text=hello $WHO, \${{ inputs.mood }}" >> "$GITHUB_OUTPUT"
        test "$GITHUB_ACTION_PATH" = "\${{ github.action_path }}" && ls "$GITHUB_ACTION_PATH"
    - uses: actions/setup-node@v5
      with: { node-version: '\${{ not.evaluated }}' }
    - shell: bash
      run: echo "outer env $OUTER, secrets '\${{ env.OUTER }}'"
`,
    });
    const job = await runSteps(
      `
- uses: actions/checkout@v5
- run: cat README.md && git rev-parse HEAD && git branch --show-current
- id: greet
  uses: ./greet
  env: { OUTER: around }
  with: { who: you, odd: 1 }
- run: echo "\${{ steps.greet.outputs.greeting }}|\${{ steps.say.outputs.text }}|$OUTER"`,
      { serverUrl: `file://${root}`, sha, ref: 'refs/heads/main' },
    );
    expect(job.steps.map((step) => step.conclusion)).toEqual(Array.from({ length: 5 }, () => 'success'));
    expect(printed(job, 2)).toBe(`the fleet\n${sha}\nmain\n`);
    expect(printed(job, 3)).toContain('action.yml\n');
    expect(printed(job, 3)).toContain("does nothing here: the sandbox's runner has its own Node on PATH");
    expect(printed(job, 3)).toContain("outer env around, secrets 'around'");
    expect(job.annotations).toEqual([
      { level: 'warning', message: "Unexpected input 'odd', valid inputs are who, mood" },
    ]);
    expect(printed(job, 4)).toBe('hello you, ann is glad||\n');
  });

  test('a mapped action runs from its folder; a failing step of it fails the step, continue-on-error inside does not', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, {
      'data.txt': 'from the action\n',
      'action.yml': `
name: mapped
inputs: { code: { default: '0' } }
runs:
  using: composite
  steps:
    - { shell: bash, run: exit 9, continue-on-error: true }
    - { shell: bash, run: 'cat "$GITHUB_ACTION_PATH/data.txt"; exit $CODE', env: { CODE: '\${{ inputs.code }}' } }
    - { shell: bash, run: 'echo after' }
    - { shell: bash, if: 'failure()', run: 'echo on failure' }
`,
    });
    const job = await runSteps(
      `- uses: acme/mapped@v1\n- uses: acme/mapped@v1\n  with: { code: 4 }\n- run: echo no`,
      {},
      { actions: { 'acme/mapped': folder } },
    );
    expect(job.steps.map((step) => step.conclusion)).toEqual(['success', 'success', 'failure', 'skipped']);
    expect(printed(job, 1)).toContain('from the action\n');
    expect(printed(job, 1)).toContain('after\n');
    expect(printed(job, 2)).not.toContain('after\n');
    expect(printed(job, 2)).toContain('on failure\n');
  });

  test('a JavaScript action is refused by name', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'action.yml': 'name: js\nruns: { using: node24, main: x.js }' });
    const job = await runSteps(`- uses: acme/js@v1`, {}, { actions: { 'acme/js': folder } });
    expect(job.annotations[0]!.message).toBe(
      "acme/js@v1/action.yml: runs.using: 'node24' is not supported by the sandbox's runner; only 'composite' is",
    );
  });

  test('checkout of a commit that is not there fails with what git says', async () => {
    const root = temporaryFolder();
    bareRepository(root, { 'a.txt': 'a' });
    const job = await runSteps(`- uses: actions/checkout@v5`, { serverUrl: `file://${root}`, sha: '2'.repeat(40) });
    expect(job.conclusion).toBe('failure');
    expect(job.annotations[0]!.message).toContain("The process 'git fetch' failed with exit code 128");
    expect(readFileSync(join(root, 'work', 'a.txt'), 'utf8')).toBe('a');
  });
});
