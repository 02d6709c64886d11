import examples from '@octokit/webhooks-examples' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import { operations } from './openapi/operations.ts';
import { slice, type Description } from './openapi/slice.ts';
import { description } from './validate-rest.ts';
import { validateWebhook } from './validate-webhook.ts';
import type { RecordedExchange } from './recorded-exchange.ts';
import { validateRequest, validateResponse, watch } from './validate.ts';

const exchange = (method: string, path: string, rest: Partial<RecordedExchange> = {}): RecordedExchange => ({
  method,
  path,
  status: 200,
  ...rest,
});
const graphql = (query: string, rest: Partial<RecordedExchange> & { variables?: object } = {}): RecordedExchange =>
  exchange('POST', '/graphql', { requestBody: { query, variables: rest.variables }, ...rest, route: 'graphql' });

const sha = 'a'.repeat(40);
const annotation = { path: 'flotilla.yml', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'm' };

const jsonAnswer = (schema: object) => ({ description: 'OK', content: { 'application/json': { schema } } });
const checkRun = (body: object) =>
  validateRequest(exchange('POST', '/repos/o/r/check-runs', { requestBody: body, status: 201 }));
const updateCheckRun = (body: object) =>
  validateRequest(exchange('PATCH', '/repos/o/r/check-runs/1', { requestBody: body }));
const requestOf = (path: string) => validateRequest(exchange('GET', path)).join();
const permissionAnswer = (responseBody: unknown, status = 200) =>
  validateResponse(exchange('GET', '/repos/o/r/collaborators/me/permission', { responseBody, status })).join('\n');
const locked = (responseBody?: unknown) =>
  validateResponse(exchange('PUT', '/repos/o/r/issues/1/lock', { status: 204, responseBody }));
const graphqlRequest = (text: string, variables?: object) =>
  validateRequest(graphql(text, variables ? { variables } : {})).join();

describe('the slice', () => {
  test('holds exactly the operations listed, and every component that they refer to', () => {
    const ids = Object.values(description.paths).flatMap((methods) =>
      Object.values(methods).map((operation) => (operation as { operationId: string }).operationId),
    );
    expect(ids.toSorted()).toEqual([...operations].toSorted());
    const references = JSON.stringify(description).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g);
    for (const [, kind, name] of references) expect(description.components[kind!]).toHaveProperty([name!]);
  });

  test('drops prose and what is not reached, keeps a property that is called `description`, shares what is long', () => {
    const names = ['description', ...Array.from({ length: 20 }, (_, index) => `property_${index}`)];
    const long = {
      type: 'object',
      description: 'Prose.',
      properties: Object.fromEntries(names.map((name) => [name, { type: 'string', title: 'T' }])),
    };
    const whole = {
      openapi: '3.0.3',
      info: { title: 'T', version: '1' },
      paths: {
        '/b': {
          get: {
            operationId: 'b',
            'x-github': {},
            responses: { 200: jsonAnswer({ $ref: '#/components/schemas/used' }) },
          },
        },
        '/a': { get: { operationId: 'a', responses: { 200: jsonAnswer(long), 201: jsonAnswer(long) } } },
        '/c': { get: { operationId: 'c', responses: {} } },
      },
      components: { schemas: { used: { type: 'string', title: 'T' }, unused: { type: 'string' } } },
    } as unknown as Description;
    const small = slice(whole, ['a', 'b']);
    expect(Object.keys(small.paths)).toEqual(['/a', '/b']);
    expect(Object.keys(small.components['schemas']!)).toEqual(['used', 'shared-1']);
    expect(small.components['schemas']!['used']).toEqual({ type: 'string' });
    expect(small.components['schemas']!['shared-1']).toMatchObject({ properties: { description: { type: 'string' } } });
    expect(JSON.stringify(small)).not.toMatch(/Prose|x-github|example|title":"T"}/);
    expect(() => slice(whole, ['d'])).toThrow('no operation d');
  });
});

describe('REST requests', () => {
  test('a right one has nothing to say', () => {
    expect(
      checkRun({ name: 'n', head_sha: sha, output: { title: 't', summary: 's', annotations: [annotation] } }),
    ).toEqual([]);
    expect(validateRequest(exchange('GET', '/repos/o/r/contents/a/b.txt?ref=main'))).toEqual([]);
    expect(validateRequest(exchange('GET', '/repos/o/r/contents'))).toEqual([]);
    expect(validateRequest(exchange('GET', '/repos/o/r/git/ref/heads%2Fmain'))).toEqual([]);
  });

  test.each([
    [
      'a limit',
      {
        name: 'n',
        head_sha: sha,
        output: { title: 't', summary: 's', annotations: Array.from({ length: 51 }, () => annotation) },
      },
      /output.annotations: must NOT have more than 50 items/,
    ],
    [
      'a length',
      { name: 'n', head_sha: sha, output: { title: 't', summary: 'x'.repeat(65_536) } },
      /output.summary: must NOT have more than 65535/,
    ],
    ['a missing property', { name: 'n' }, /must have required property 'head_sha'/],
    [
      'a misspelt property',
      { name: 'n', head_sha: sha, detail_url: 'https://x.test' },
      /unevaluated properties \(detail_url\)/,
    ],
    [
      'a misspelt inner property',
      { name: 'n', head_sha: sha, output: { title: 't', summary: 's', annotations: [{ ...annotation, line: 1 }] } },
      /output.annotations.0: .*\(line\)/,
    ],
    ['an enum', { name: 'n', head_sha: sha, conclusion: 'ok' }, /conclusion: must be equal to one of.*action_required/],
    ['a format', { name: 'n', head_sha: sha, started_at: 'today' }, /started_at: must match format "date-time"/],
  ])('%s is found', (_, body, expected) => {
    expect(checkRun(body).join('\n')).toMatch(expected);
  });

  test('beside variants an unknown property is found too, and a run that completes needs its conclusion', () => {
    expect(updateCheckRun({ status: 'completed', conclusion: 'success' })).toEqual([]);
    expect(updateCheckRun({ status: 'completed', conclusion: 'success', state: 'x' }).join()).toMatch(/\(state\)/);
    expect(updateCheckRun({ status: 'completed' }).join()).toMatch(/required property 'conclusion'/);
  });

  test('parameters are held by type, choice and name', () => {
    expect(requestOf('/repos/o/r/issues/one')).toMatch(/path issue_number: must be integer/);
    expect(requestOf('/repos/o/r/issues?state=shut&per_page=5')).toMatch(/query state: must be equal to one of/);
    expect(requestOf('/repos/o/r/issues?stat=open')).toMatch(/query.*\(stat\)/);
    expect(requestOf('/repos/o/r/stargazers')).toMatch(/no such operation/);
  });

  test('of two routes that match, the more specific is meant', () => {
    expect(validateRequest(exchange('GET', '/repos/o/r/commits/feature/x/check-runs?check_name=n'))).toEqual([]);
    expect(validateRequest(exchange('GET', '/repos/o/r/commits/feature/x?check_name=n')).join()).toMatch(
      /\(check_name\)/,
    );
  });
});

describe('REST answers', () => {
  const permissions = { permission: 'admin', role_name: 'admin', user: null };

  test('declared ones are held by their schema, and may not hold more', () => {
    expect(permissionAnswer(permissions)).toBe('');
    expect(permissionAnswer({ ...permissions, role_name: undefined })).toMatch(/required property 'role_name'/);
    expect(permissionAnswer({ ...permissions, level: 4 })).toMatch(/\(level\)/);
    expect(permissionAnswer(permissions, 201)).toMatch(/does not answer 201/);
  });

  test('errors have the shape of errors, declared or not', () => {
    const error = { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' };
    expect(permissionAnswer(error, 404)).toBe('');
    expect(permissionAnswer(error, 403)).toMatch(/its status says 404/);
    expect(permissionAnswer({ message: 'x' }, 429)).toMatch(/documentation_url/);
    expect(permissionAnswer({ ...error, reason: 'x' }, 404)).toMatch(/\(reason\)/);
  });

  test('an answer without a body has none', () => {
    expect(locked()).toEqual([]);
    expect(locked({})).toHaveLength(1);
  });
});

describe('GraphQL', () => {
  const query = `query($o: String!, $withId: Boolean = false) { repository(owner: $o, name: "r") {
    nameWithOwner id @include(if: $withId) defaultBranchRef { target { oid ... on Commit { message } } }
    file: object(expression: "main:a") { ... on Blob { text } ... on Tree { entries { name } } } } }`;
  const data = {
    repository: {
      nameWithOwner: 'o/r',
      defaultBranchRef: { target: { oid: sha, message: 'm' } },
      file: { text: null },
    },
  };
  const problems = (responseBody: object, variables: object = { o: 'o' }) => {
    const whole = graphql(query, { responseBody, variables });
    return [...validateRequest(whole), ...validateResponse(whole)].join('\n');
  };

  test('a right request and answer have nothing to say', () => {
    expect(problems({ data })).toBe('');
    expect(
      problems({
        data: { repository: null },
        errors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'm', locations: [{ line: 1, column: 2 }] }],
      }),
    ).toBe('');
  });

  test('requests are held against the schema', () => {
    expect(graphqlRequest('{ viewer { logn } }')).toMatch(/Cannot query field "logn"/);
    expect(graphqlRequest('{ viewer ')).toMatch(/Syntax Error/);
    expect(graphqlRequest(query, {})).toMatch(/\$o/);
    expect(graphqlRequest(query, { o: 'o', p: 'p' })).toMatch(/declares no \$p/);
    const commit =
      'mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }';
    const input = { branch: { id: 'B' }, message: { headline: 'h' }, expectedHeadOid: sha, fileChanges: {} };
    expect(graphqlRequest(commit, { input })).toBe('');
    expect(graphqlRequest(commit, { input: { ...input, expectedHeadOid: 'HEAD' } })).toMatch(/GitObjectID/);
  });

  test.each([
    ['a field nobody asked for', { ...data.repository, url: 'https://x.test' }, /repository.url: not asked for/],
    ['a missing field', { nameWithOwner: 'o/r', file: null }, /repository.defaultBranchRef: missing/],
    [
      'a null that cannot be',
      { ...data.repository, nameWithOwner: null },
      /non-nullable field Repository.nameWithOwner/,
    ],
    [
      'a number for a string',
      { ...data.repository, nameWithOwner: 7 },
      /repository.nameWithOwner: 7 is of another type/,
    ],
    ['an object of no possible type', { ...data.repository, file: { text: 't', entries: [] } }, /GitObject/],
    [
      'a wrong scalar',
      { ...data.repository, defaultBranchRef: { target: { oid: 'main', message: 'm' } } },
      /GitObjectID cannot be "main"/,
    ],
  ])('%s is found', (_, repository, expected) => {
    expect(problems({ data: { repository } })).toMatch(expected);
  });

  test('directives, enums and the shape of errors are held', () => {
    expect(problems({ data: { repository: { ...data.repository, id: 'R' } } }, { o: 'o', withId: true })).toBe('');
    expect(problems({ data }, { o: 'o', withId: true })).toMatch(/repository.id: missing/);
    const state = graphql('{ repository(owner: "o", name: "r") { pullRequest(number: 1) { state } } }', {
      responseBody: { data: { repository: { pullRequest: { state: 'open' } } } },
    });
    expect(validateResponse(state).join()).toMatch(/"PullRequestState" cannot represent value: "open"/);
    expect(problems({ errors: [{ type: 'not found' }] })).toMatch(/errors.0: no message[^]*errors.0.type/);
    expect(problems({ data: null })).toMatch(/neither data nor errors/);
  });
});

test('a watch gathers what happens and says it all at once', () => {
  const listeners: ((exchange: RecordedExchange) => void)[] = [];
  const watched = watch({
    onExchange(listener) {
      listeners.push(listener);
      return () => listeners.splice(0);
    },
  });
  const [tell] = listeners;
  watched.expectNone();
  tell!(exchange('GET', '/rate_limit', { status: 0 }));
  tell!(exchange('GET', '/rate_limit', { status: 502, responseBody: '<h1>Bad gateway</h1>' }));
  watched.expectNone();
  tell!(exchange('GET', '/rate_limit', { status: 201 }));
  tell!(exchange('GET', '/nowhere', { status: 500, responseBody: { message: 'The sandbox GitHub failed: why' } }));
  expect(() => watched.expectNone()).toThrow(/does not answer 201[^]*no such operation[^]*failed: why/);
  watched.stop();
  expect(listeners).toEqual([]);
});

test("a webhook of GitHub's passes, and one that lacks something, or that GitHub does not send, is found", () => {
  const all = examples as unknown as { name: string; examples: Record<string, any>[] }[];
  const suites = all.find(({ name }) => name === 'check_suite')!.examples;
  const payload = structuredClone(suites.find(({ action }) => action === 'completed')!);
  expect(validateWebhook('check_suite', payload)).toEqual([]);
  payload['check_suite'].conclusion = 'fine';
  delete payload['repository'].full_name;
  expect(validateWebhook('check_suite', payload).join()).toMatch(/conclusion: must be.*action_required.*'full_name'/);
  expect(validateWebhook('check_suite', { action: 'sunk' })).toEqual([
    'check_suite sunk: GitHub sends no such webhook',
  ]);
});
