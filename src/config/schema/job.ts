import * as z from 'zod/mini';
import { jobHealth } from './health.ts';
import { common, compact, kindOf } from './resource.ts';
import { env, source } from './source.ts';
import { command, duration, text } from './values.ts';
import { watchOfJob } from './watch.ts';
import { key, map, rule } from './words.ts';

const CRON = /^(\S+) +(\S+) +(\S+) +(\S+) +(\S+)$/;
const CRON_FIELD =
  /^(\*|[0-9]{1,2}|[A-Za-z]{3})(-([0-9]{1,2}|[A-Za-z]{3}))?(\/[0-9]{1,2})?(,([0-9]{1,2}|[A-Za-z]{3})(-([0-9]{1,2}|[A-Za-z]{3}))?(\/[0-9]{1,2})?)*$/;
const CRON_WORDS = 'five fields as in cron, in UTC, such as "0 3 * * *"';

const shape = map('a job: a map with a source or command, and a schedule or every', {
  source: z.optional(source),
  command: key(command, 'What to run; the same as source.command.', { examples: ['npm run report'] }),
  schedule: key(
    text(CRON, 100, CRON_WORDS).check(
      z.refine((value) => value.split(/ +/).every((field) => CRON_FIELD.test(field)), { error: CRON_WORDS }),
    ),
    'When to run it, as in cron, in UTC.',
    { examples: ['0 3 * * *'] },
  ),
  every: key(duration, 'Time between two runs, instead of a schedule.', { examples: ['6h'] }),
  env,
  timeout: key(duration, 'A run that takes longer is stopped.', { default: '1h' }),
  health: jobHealth,
  ...common,
}).check(
  rule(({ source, command, schedule, every }) => {
    if (source?.command && command)
      return { path: ['command'], found: '"command" stands in the job and in its source', expected: 'one of the two' };
    if (!source && !command)
      return { path: [], found: 'the job has nothing to run', expected: 'a source or a command' };
    if (schedule !== undefined && every !== undefined)
      return { path: ['every'], found: '"every" and "schedule" exclude each other', expected: 'one of the two' };
    if (schedule === undefined && every === undefined)
      return { path: [], found: 'the job does not say when to run', expected: 'schedule: "0 3 * * *" or every: 6h' };
    return undefined;
  }),
);

export const job = kindOf(
  'job',
  shape,
  ({ source, command, schedule, every, env, timeout }) => ({
    source: compact({ ...source, command: source?.command ?? command }),
    schedule,
    everySeconds: every,
    env: env ?? {},
    timeoutSeconds: timeout ?? 3600,
  }),
  ({ health }) => watchOfJob(health),
);
