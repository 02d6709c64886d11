import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { printed, start, temporaryFolder, woundClock } from './runner-fixture.ts';
import { workflowOf } from './runner-request.ts';

/** Bash that says which signals reach it, and ends on the one named; it waits for nothing but signals. */
const listening = (endsOn: 'INT' | 'TERM' | 'KILL'): string => `
- name: listening
  run: |
    trap 'echo got INT; ${endsOn === 'INT' ? 'exit 130' : 'true'}' INT
    trap 'echo got TERM; ${endsOn === 'TERM' ? 'exit 143' : 'true'}' TERM
    mkfifo pipe
    exec 3<>pipe
    echo ready
    while true; do read -r line <&3 || true; done
- name: skipped
  run: echo no
- name: cleanup
  if: cancelled()
  run: echo "cleaned, \${{ job.status }}"
`;

test('a cancelled step gets SIGINT first; what is to run on cancellation runs', async () => {
  const clock = woundClock();
  const run = start(workflowOf(listening('INT')), {}, { clock });
  await run.seen('ready');
  run.cancel();
  const { conclusion, jobs } = await run.done;
  expect(conclusion).toBe('cancelled');
  expect(jobs[0]!.conclusion).toBe('cancelled');
  expect(jobs[0]!.steps.map((step) => step.conclusion)).toEqual(['success', 'cancelled', 'skipped', 'success']);
  expect(printed(jobs[0]!, 'listening')).toBe('ready\ngot INT\n');
  expect(printed(jobs[0]!, 'cleanup')).toBe('cleaned, cancelled\n');
  expect(clock.waits()).toEqual([]);
});

test('then SIGTERM after 7.5 s', async () => {
  const clock = woundClock();
  const run = start(workflowOf(listening('TERM')), {}, { clock });
  await run.seen('ready');
  run.cancel();
  await run.seen('got INT');
  clock.wind(7500);
  const { conclusion, jobs } = await run.done;
  expect(conclusion).toBe('cancelled');
  expect(printed(jobs[0]!, 'listening')).toBe('ready\ngot INT\ngot TERM\n');
});

test('then the whole group is killed after 2.5 s more', async () => {
  const clock = woundClock();
  const run = start(workflowOf(listening('KILL')), {}, { clock });
  await run.seen('ready');
  run.cancel();
  await run.seen('got INT');
  clock.wind(7500);
  await run.seen('got TERM');
  clock.wind(2500);
  const { conclusion, jobs } = await run.done;
  expect(conclusion).toBe('cancelled');
  expect(jobs[0]!.steps.map((step) => step.conclusion)).toEqual(['success', 'cancelled', 'skipped', 'success']);
});

test('the signals reach the entry process only: a program started by exec is it, a child of the shell is not', async () => {
  const program = `"process.on('SIGINT', () => { console.log('node got INT'); process.exit(130); }); console.log('ready'); setInterval(() => {}, 1e6)"`;
  const clock = woundClock();
  const entry = start(workflowOf(`- run: exec node -e ${program}`), {}, { clock });
  await entry.seen('ready');
  entry.cancel();
  expect(printed((await entry.done).jobs[0]!, 1)).toBe('ready\nnode got INT\n');

  const child = start(workflowOf(`- run: |\n    node -e ${program}\n    echo unreached`), {}, { clock });
  await child.seen('ready');
  child.cancel();
  clock.wind(7500);
  expect(printed((await child.done).jobs[0]!, 1)).toBe('ready\n');
});

test('a step or a job that is to run always is left to finish', async () => {
  const folder = temporaryFolder();
  const flag = join(folder, 'go');
  const waits = `mkfifo ${flag}; echo ready; read -r line < ${flag}; echo finished`;
  const step = start(workflowOf(`- if: always()\n  run: ${waits}`));
  await step.seen('ready');
  step.cancel();
  const release = start(workflowOf(`- run: echo go > ${flag}; rm ${flag}`));
  await release.done;
  const ended = await step.done;
  expect(ended.jobs[0]!.steps[1]!.conclusion).toBe('success');
  expect(ended.jobs[0]!.conclusion).toBe('cancelled');

  const job = start(workflowOf(`- run: ${waits}`).replace('    steps:', '    if: always()\n    steps:'));
  await job.seen('ready');
  job.cancel();
  await start(workflowOf(`- run: echo go > ${flag}`)).done;
  expect((await job.done).jobs[0]!.conclusion).toBe('success');
});

test('jobs that wait for a cancelled one are cancelled too', async () => {
  const run = start(`
on: push
jobs:
  first:
    runs-on: ubuntu-latest
    steps: [{ run: 'echo ready; exec sleep 1000' }]
  second:
    needs: first
    runs-on: ubuntu-latest
    steps: [{ run: echo no }]
`);
  await run.seen('ready');
  run.cancel();
  const { conclusion, jobs } = await run.done;
  expect([conclusion, ...jobs.map((job) => job.conclusion)]).toEqual(['cancelled', 'cancelled', 'cancelled']);
});

test('a step out of time fails, a job out of time is cancelled; both say so', async () => {
  const clock = woundClock();
  const step = start(
    workflowOf(`- run: echo ready; exec sleep 1000\n  timeout-minutes: 2\n- run: echo no`),
    {},
    { clock },
  );
  await step.seen('ready');
  clock.wind(120_000);
  const stepped = await step.done;
  expect(stepped.jobs[0]!.steps.map((one) => one.conclusion)).toEqual(['success', 'failure', 'skipped']);
  expect(stepped.jobs[0]!.annotations[0]!.message).toContain('has timed out after 2 minutes');

  const text = workflowOf(`- run: echo ready; exec sleep 1000`).replace(
    '    steps:',
    '    timeout-minutes: 3\n    steps:',
  );
  const job = start(text, {}, { clock });
  await job.seen('ready');
  clock.wind(180_000);
  const jobbed = await job.done;
  expect([jobbed.conclusion, jobbed.jobs[0]!.conclusion]).toEqual(['cancelled', 'cancelled']);
  expect(jobbed.jobs[0]!.annotations[0]!.message).toContain('maximum execution time of 3 minutes');
  expect(clock.waits()).toEqual([]);
});

test('a runner that ends takes its processes along', async () => {
  const runner = join(import.meta.dirname, '../../src/sandbox/runner/index.ts');
  const fixture = join(import.meta.dirname, 'runner-request.ts');
  const program = `
    const { createWorkflowRunner } = await import(${JSON.stringify(runner)});
    const { runRequest, workflowOf } = await import(${JSON.stringify(fixture)});
    const text = workflowOf('- run: |\\n    echo "pid $$"\\n    exec sleep 1000');
    const onLine = ({ text }) => { if (/^pid \\d/.test(text)) { console.log(text); process.exit(); } };
    createWorkflowRunner({ actions: {}, onLine }).run(runRequest(text));`;
  const env = { ...process.env, TMPDIR: temporaryFolder() };
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env });
  const pid = Number(/pid (\d+)/.exec(output)![1]);
  await expect.poll(() => alive(pid)).toBe(false);
});

/** A step that leaves a process behind, once that process is up. */
function leave(as: string): string {
  return `- run: |
    mkfifo "$RUNNER_TEMP/up"
    ${as} setsid sh -c 'echo up > "$RUNNER_TEMP/up"; exec sleep 1000' >/dev/null 2>&1 &
    echo "pid $!"
    cat "$RUNNER_TEMP/up"
    rm "$RUNNER_TEMP/up"`;
}

/** Whether a process is there and not only waiting to be buried. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !existsSync(`/proc/${pid}/stat`) || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

test.skipIf(!existsSync('/proc/self/environ'))(
  'what a job leaves behind is killed at its end, unless it dropped the tracking id',
  async () => {
    const run = start(workflowOf(`${leave('')}\n${leave('env -u RUNNER_TRACKING_ID')}`));
    const { jobs } = await run.done;
    const pids = [1, 2].map((step) => Number(/pid (\d+)/.exec(printed(jobs[0]!, step))![1]));
    try {
      await expect.poll(() => pids.map(alive)).toEqual([false, true]);
    } finally {
      for (const pid of pids.filter(alive)) process.kill(pid, 'SIGKILL');
    }
  },
);
