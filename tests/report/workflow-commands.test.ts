import { expect, test } from 'vitest';
import { annotate } from '../../src/report/check-report.ts';
import { workflowCommands } from '../../src/report/workflow-commands.ts';
import { createCommandReader } from '../../src/sandbox/runner/workflow-commands.ts';
import { HOSTILE } from './sample.ts';

const at = (line: number, file = 'flotilla.yml') => ({ file, line, column: 1 });

test('a runner reads back what was meant', () => {
  const [command] = workflowCommands([annotate('failure', at(3, 'a,b:c.yml'), 'one: two, three', '50% of\nthis')]);
  expect(command).toBe('::error file=a%2Cb%3Ac.yml,line=3,title=one%3A two%2C three::50%25 of%0Athis');
  expect(createCommandReader()(command as string).annotation).toEqual({
    level: 'error',
    file: 'a,b:c.yml',
    line: 3,
    title: 'one: two, three',
    message: '50% of\nthis',
  });
});

test('no text starts a second command', () => {
  const commands = workflowCommands([annotate('warning', at(1, HOSTILE), HOSTILE, `${HOSTILE}\n::set-env name=x::y`)]);
  expect(commands).toHaveLength(1);
  expect(commands[0]).not.toMatch(/[\r\n]/);
});

test('at most ten a level, the tenth tells of the others', () => {
  const many = Array.from({ length: 25 }, (_, index) => annotate('failure', at(index + 1), 't', 'm'));
  const commands = workflowCommands([
    ...many,
    ...many.slice(0, 10).map((one) => ({ ...one, annotation_level: 'warning' as const })),
  ]);
  expect(commands.filter((command) => command.startsWith('::error'))).toHaveLength(10);
  expect(commands[9]).toBe('::error::… and 16 more, see the job summary');
  expect(commands.filter((command) => command.startsWith('::warning'))).toHaveLength(10);
  expect(commands.at(-1)).toContain('line=10');
});
