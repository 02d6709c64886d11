import { describe, expect, test } from 'vitest';
import { commandIn } from '../../app/handlers/slash-command.ts';

describe('slash commands', () => {
  test.each([
    ['/flotilla plan', { name: 'plan', environment: undefined }],
    ['/flotilla', { name: 'help' }],
    ['/flotilla help', { name: 'help' }],
    ['Looks good.\n\n/flotilla apply --env staging\nThank you', { name: 'apply', environment: 'staging', allow: [] }],
    ['/flotilla apply --env=staging\r\n', { name: 'apply', environment: 'staging', allow: [] }],
    [
      '/flotilla apply --allow mass-change --allow delete-protected=database/main',
      { name: 'apply', environment: undefined, allow: ['mass-change', 'delete-protected=database/main'] },
    ],
    [
      '/flotilla rollback service/api --to 4f2a',
      { name: 'rollback', environment: undefined, allow: [], resource: 'service/api', to: '4f2a' },
    ],
    ['/flotilla destroy --env preview-7', { name: 'destroy', environment: 'preview-7', allow: [] }],
    ['/flotilla unlock', { name: 'unlock', environment: undefined }],
    [
      `/flotilla approve ${'a'.repeat(64)} --env staging`,
      { name: 'approve', environment: 'staging', plan: 'a'.repeat(64) },
    ],
    ['```\n/flotilla destroy\n```\n/flotilla help', { name: 'help' }],
    ['````\n```\n/flotilla destroy\n````\n/flotilla help', { name: 'help' }],
  ])('%j', (body, command) => expect(commandIn(body)).toEqual(command));

  test.each([
    'Try /flotilla plan',
    '> /flotilla apply',
    '    /flotilla apply',
    ' /flotilla apply',
    '```\n/flotilla apply\n```',
    '~~~sh\n/flotilla apply\n~~~',
    '```\n/flotilla apply',
    '> ```\n/flotilla apply\n> ```',
    '<!-- \n/flotilla apply\n-->',
    '<!--\n/flotilla apply',
    '/flotillaplan',
    '/flotilla-test plan',
    '/flotilla/plan',
    '/Flotilla plan',
    '',
  ])('no command: %j', (body) => expect(commandIn(body)).toBeUndefined());

  const evil = '/flotilla destroy --env production';
  test.each([
    ['a quoted fence', `\`\`\`\n> \`\`\`\n${evil}\n\`\`\``],
    ['a fence that a space follows which is none', `\`\`\`\nlog\n\`\`\`\u00a0\n${evil}\n\`\`\``],
    ['a fence of the other kind', `~~~\n\`\`\`\n${evil}\n~~~`],
    ['a shorter fence', `\`\`\`\`\n\`\`\`\n${evil}\n\`\`\`\``],
    ['a fence that a quoted one opened', `> \`\`\`\n> log\n\`\`\`\n${evil}\n\`\`\``],
    ['a comment that hides the fence', `I saw \`<!--\` there:\n\`\`\`\n-->\n${evil}\n\`\`\``],
    ['a comment over two fences', `\`\`\`\n<!--\n\`\`\`\nand\n\`\`\`\n-->\n${evil}\n\`\`\``],
    ['a line separator in the word after a fence', `\`\`\`log\u2028\n${evil}\n\`\`\``],
    ['old line ends', `\`\`\`\rlog\r${evil}\r\`\`\``],
    ['HTML that shows what others wrote', `<pre>\n${evil}\n</pre>`],
    ['a quote in HTML', `<blockquote>\n\n${evil}\n\n</blockquote>`],
  ])('what is pasted gets out of its block by no trick: %s', (_, body) => expect(commandIn(body)).toBeUndefined());

  test.each([
    ['/flotilla deploy', 'there is no command `deploy`'],
    ['/flotilla constructor', 'there is no command `constructor`'],
    ['/flotilla `@everyone`', 'there is no command `everyone`'],
    ['/flotilla plan --allow mass-change', '`plan` takes no `--allow`'],
    ['/flotilla apply --force', '`apply` takes no `--force`'],
    ['/flotilla apply --env', '`--env` needs a value'],
    ['/flotilla apply --env --allow foreign', '`--env` needs a value'],
    ['/flotilla apply --env a --env b', '`--env` is given twice'],
    ['/flotilla apply --env ${{secrets}}', '`${{secrets}}` is no name of an environment'],
    ['/flotilla apply --allow everything', 'there is no guard `everything`'],
    ['/flotilla apply production', '`apply` does not know what to do with `production`'],
    ['/flotilla approve abc', '`approve` needs the whole hash of the plan, as the blocked apply says it'],
    ['/flotilla rollback', '`rollback` needs the resource, such as `service/api`'],
    ['/flotilla rollback api', '`rollback` needs the resource, such as `service/api`'],
    ['/flotilla plan\n/flotilla apply', 'a comment holds one command; write the others in comments of their own'],
  ])('a mistake: %j', (body, message) => expect(commandIn(body)).toEqual({ name: 'mistake', message }));
});
