import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadSpecification, type Exchange, type LoadOptions } from './load.ts';

function judgeOf(name: string, content: object | string, options: LoadOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-specification-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  const judge = loadSpecification(join(folder, name), options);
  return (line: string, requestBody?: unknown, answer?: [status: number, body?: unknown, type?: string]) => {
    const [method = '', target = ''] = line.split(' ');
    const { pathname, searchParams } = new URL(target, 'http://api');
    const [status = 0, body, type = 'application/json'] = answer ?? [];
    const exchange: Exchange = { method, path: pathname, query: searchParams, requestBody };
    return judge(answer ? { ...exchange, answer: { status, type, body } } : exchange);
  };
}

const app = {
  type: 'object',
  required: ['id', 'name', 'secret'],
  properties: {
    id: { type: 'string', readOnly: true },
    name: { type: 'string' },
    secret: { type: 'string', writeOnly: true },
    size: { type: 'integer', nullable: true },
  },
};
const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const ref = { $ref: '#/components/schemas/app' };
const limit = { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 0, exclusiveMinimum: true } };

const OPENAPI = {
  openapi: '3.0.3',
  servers: [{ url: 'https://api.example.com/v1/' }],
  paths: {
    '/apps': {
      get: {
        parameters: [limit, { name: 'tag', in: 'query', schema: { type: 'array', items: { enum: ['a', 'b'] } } }],
        responses: { 200: json({ type: 'array', items: ref }), default: json({ type: 'object', properties: {} }) },
      },
      post: { requestBody: { required: true, ...json(ref) }, responses: { 201: json(ref), 202: {} } },
    },
    '/apps/{id}': { delete: { responses: { 204: {} } } },
    '/apps/{id}/files/{path}': { get: { responses: { 200: { content: { 'text/*': {} } } } } },
    '/apps/mine': { delete: { operationId: 'deleteMine', responses: {} } },
  },
  components: { schemas: { app } },
};

test('OpenAPI: what is right has nothing said of it, what is not described is of no operation', () => {
  const judge = judgeOf('api.json', OPENAPI, { spanning: ['path'] });
  expect(judge('GET /v1/apps?limit=5&tag=a&tag=b', undefined, [200, [{ id: 'i', name: 'n', size: null }]])).toEqual([]);
  expect(judge('POST /v1/apps', { name: 'n', secret: 's' }, [202])).toEqual([]);
  expect(judge('GET /v1/apps/a/files/b/c', undefined, [200, 'text', 'text/plain'])).toEqual([]);
  expect(judge('DELETE /v1/apps/a', undefined, [404, { message: 'no' }])).toEqual([]);
  expect(judge('GET /v1/apps', undefined, [503, 'any form'])).toEqual([]);
  expect(judge('PUT /v1/apps')).toBeUndefined();
  expect(judge('GET /apps')).toBeUndefined();
});

test.each<[string, unknown, [number, unknown?, string?] | undefined, string]>([
  ['GET /v1/apps?limit=0', undefined, undefined, 'request query limit: must be > 0, found 0'],
  ['GET /v1/apps?tag=c', undefined, undefined, 'request query tag.0: must be equal to one of'],
  ['GET /v1/apps?limits=1', undefined, undefined, 'request query: must NOT have unevaluated properties (limits)'],
  ['POST /v1/apps', undefined, undefined, 'request body: missing'],
  ['POST /v1/apps', { name: 'n' }, undefined, "request body: must have required property 'secret'"],
  ['POST /v1/apps', { name: 'n', secret: '', nmae: 1 }, undefined, 'unevaluated properties (nmae)'],
  ['POST /v1/apps', { name: 'n', secret: '' }, [201, { name: 'n' }], "201: must have required property 'id'"],
  ['POST /v1/apps', { name: 'n', secret: '' }, [202, {}], 'response 202: is answered without a body'],
  ['POST /v1/apps', { name: 'n', secret: '' }, [201], 'response 201: the body is missing'],
  ['POST /v1/apps', { name: 'n', secret: '' }, [200, {}], 'response 200: POST /apps does not answer so'],
  ['GET /v1/apps', undefined, [200, [], 'text/html'], 'response 200: text/html is not among application/json'],
  ['GET /v1/apps', undefined, [400, { error: '' }], 'response 400: must NOT have unevaluated properties (error)'],
  ['DELETE /v1/apps/mine', undefined, [204], 'response 204: deleteMine does not answer so'],
])('OpenAPI: %s with %j, answered %j', (line, body, answer, expected) => {
  expect(judgeOf('api.json', OPENAPI)(line, body, answer)?.join('\n')).toContain(expected);
});

test('OpenAPI in YAML, 3.1, with a base class whose variants are all of it and more', () => {
  const judge = judgeOf(
    'api.yaml',
    `openapi: 3.1.0
paths:
  /pets:
    post:
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
components:
  schemas:
    Pet:
      type: object
      properties: { kind: { type: [string, 'null'] }, at: { type: string, format: date-time } }
      oneOf: [{ $ref: '#/components/schemas/Cat' }]
      discriminator: { propertyName: kind }
    Cat:
      allOf: [{ $ref: '#/components/schemas/Pet' }, { type: object, properties: { lives: { type: integer } } }]
`,
  );
  expect(judge('POST /pets', { kind: null, lives: 9, at: '2026-11-20T00:00:00Z' })).toEqual([]);
  expect(judge('POST /pets', { kind: 'cat', lives: 'nine' })?.join()).toContain('lives: must be integer');
  expect(judge('POST /pets', { legs: 4 })?.join()).toContain('(legs)');
});

test('Swagger 2: base path, body and list parameters, nullable in its own way', () => {
  const judge = judgeOf('api.json', {
    swagger: '2.0',
    basePath: '/v2',
    paths: {
      '/things/{id}': {
        parameters: [{ name: 'id', in: 'path', required: true, type: 'integer' }],
        get: {
          parameters: [
            { name: 'ids', in: 'query', type: 'array', items: { type: 'integer' }, collectionFormat: 'csv' },
          ],
          responses: { 200: { schema: { $ref: '#/definitions/Thing' } } },
        },
        put: { parameters: [{ name: 'body', in: 'body', schema: { $ref: '#/definitions/Thing' } }], responses: {} },
      },
    },
    definitions: { Thing: { type: 'object', properties: { name: { type: 'string', 'x-nullable': true } } } },
  });
  expect(judge('GET /v2/things/7?ids=1,2', undefined, [200, { name: null }])).toEqual([]);
  expect(judge('GET /v2/things/seven?ids=1,x', undefined, [200, { nam: '' }])).toEqual([
    'request path id: must be integer, found "seven"',
    'request query ids.1: must be integer, found "x"',
    'response 200: must NOT have unevaluated properties (nam), found {"nam":""}',
  ]);
  expect(judge('PUT /v2/things/7', { name: 1 })?.join()).toContain('body name: must be string,null');
});

test('a hyper-schema: links with their places, bodies and targets', () => {
  const identity = '{(%23%2Fdefinitions%2Fapp%2Fdefinitions%2Fname)}';
  const judge = judgeOf('schema.json', {
    $schema: 'http://interagent.github.io/interagent-hyper-schema',
    definitions: {
      app: {
        definitions: { name: { type: ['string'], pattern: '^[a-z]+$' } },
        properties: { name: { $ref: '#/definitions/app/definitions/name' } },
        links: [
          { href: '/apps', method: 'GET', rel: 'instances' },
          {
            href: `/apps/${identity}`,
            method: 'PATCH',
            title: 'Update',
            schema: { properties: { name: { type: ['string'] } } },
          },
          { href: `/apps/${identity}/name`, method: 'GET', targetSchema: { type: 'string' } },
        ],
      },
    },
  });
  expect(judge('GET /apps', undefined, [206, [{ name: 'a' }]])).toEqual([]);
  expect(judge('GET /apps', undefined, [200, { name: 'a' }])?.join()).toContain('must be array');
  expect(judge('PATCH /apps/A', { nam: 'b' })).toHaveLength(2);
  expect(judge('GET /apps/a/name', undefined, [200, 1])?.join()).toContain('must be string');
  expect(judge('GET /apps/a/name', undefined, [404, { id: 'not_found' }])).toEqual([]);
});

test('GraphQL: documents, variables and answers', () => {
  const judge = judgeOf('schema.graphql', 'type Query { project(id: ID!): Project } type Project { name: String! }', {
    base: '/graphql/v2',
  });
  const asked = { query: 'query($id: ID!) { project(id: $id) { name } }', variables: { id: 'p' } };
  expect(judge('POST /graphql/v2', asked, [200, { data: { project: { name: 'n' } } }])).toEqual([]);
  expect(judge('POST /graphql/v2', asked, [200, { data: { project: { nam: 'n' } } }])?.join()).toContain('missing');
  expect(judge('POST /graphql/v2', { query: '{ projects { name } }' })?.join()).toContain('Cannot query field');
  expect(judge('POST /graphql', asked)).toBeUndefined();
});
