type Schema = Record<string, unknown>;

const text: Schema = { type: 'string' };
const time: Schema = { type: 'string', format: 'date-time' };
const count: Schema = { type: 'integer', minimum: 0 };
const flag: Schema = { type: 'boolean' };
const maybe = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const list = (items: Schema): Schema => ({ type: 'array', items });
/** An object with all of these and nothing else. */
const object = (properties: Record<string, Schema>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const named = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const STATUS: Schema = { enum: ['up', 'suspect', 'down', 'flapping', 'unknown'] };

const schemas: Record<string, Schema> = {
  Error: object({ error: text }),
  Cluster: {
    ...object({ repositories: list(named('Fleet')), complete: flag }),
    description: 'complete: false while some repositories have not been read yet; ask again.',
  },
  Fleet: object({
    owner: text,
    repo: text,
    fleet: text,
    environments: list(
      object({
        environment: text,
        commit: maybe(text),
        applied: maybe(time),
        outcome: maybe({ enum: ['succeeded', 'failed', 'interrupted'] }),
        applying: flag,
        resources: count,
        health: { type: 'object', propertyNames: STATUS, additionalProperties: count },
        incidents: count,
      }),
    ),
  }),
  Resources: object({
    environment: text,
    resources: list(
      object({
        resource: text,
        kind: text,
        protect: flag,
        dependsOn: list(text),
        instances: list(
          object({
            provider: text,
            region: maybe(text),
            replicas: count,
            phase: text,
            url: maybe({ type: 'string', format: 'uri' }),
            deployed: maybe(time),
            commit: maybe(text),
            error: maybe(text),
          }),
        ),
      }),
    ),
    truncated: flag,
  }),
  Health: object({
    environment: text,
    checked: maybe(time),
    source: { enum: ['heartbeats', 'record'] },
    instances: list(
      object({
        instance: text,
        status: STATUS,
        since: time,
        latency: maybe({ type: 'number', description: 'Usual, milliseconds.' }),
        last: object({ at: time, ok: flag, milliseconds: maybe({ type: 'number' }) }),
        problem: maybe(text),
        unasked: maybe({ type: 'string', description: 'Why heartbeats do not ask it.' }),
      }),
    ),
    truncated: flag,
  }),
  Incidents: object({
    environment: text,
    incidents: list(
      object({
        id: text,
        kind: { enum: ['down', 'provider', 'drift', 'certificate', 'heartbeat', 'secret'] },
        subject: text,
        title: text,
        cause: text,
        began: time,
        opened: time,
        recovered: maybe(time),
        closed: maybe(time),
        resources: list(text),
        dependants: list(text),
        muted: maybe(text),
        issue: maybe({ type: 'integer' }),
        timeline: list(object({ at: time, text })),
      }),
    ),
    truncated: flag,
  }),
  Events: object({
    environment: text,
    events: list(
      object({
        id: text,
        at: time,
        kind: text,
        actor: text,
        run: text,
        commit: maybe(text),
        resource: maybe(text),
        provider: maybe(text),
        action: maybe(text),
        message: maybe(text),
      }),
    ),
    next: maybe({ type: 'string', description: 'The `before` of the next page; null on the last.' }),
  }),
  Happening: {
    type: 'object',
    description: 'The data of one event of the stream; its kind is the event’s name too.',
    properties: {
      kind: { enum: ['incident.opened', 'incident.closed', 'instance.status', 'apply.started', 'apply.finished'] },
      at: time,
      owner: text,
      repo: text,
      environment: text,
      incident: object({ id: text, kind: text, subject: text, title: text }),
      instance: text,
      from: STATUS,
      to: STATUS,
      problem: text,
      run: text,
      actor: text,
      message: text,
    },
    required: ['kind', 'at', 'owner', 'repo', 'environment'],
    additionalProperties: false,
  },
};

const where = ['owner', 'repo', 'environment'].map((name) => ({ name, in: 'path', required: true, schema: text }));
const query = (name: string, description: string, schema: Schema) => ({ name, in: 'query', description, schema });
const answers = (schema: string, type = 'application/json') => ({
  200: { description: 'What you may see.', content: { [type]: { schema: named(schema) } } },
  ...Object.fromEntries(
    [
      [400, 'A parameter is wrong.'],
      [401, 'A token is missing, or not one that counts.'],
      [404, 'It is not there, or not for you.'],
      [429, 'Too many requests: see Retry-After.'],
      [503, 'GitHub cannot be asked at the moment: see Retry-After.'],
    ].map(([status, description]) => [
      status,
      { description, content: { 'application/json': { schema: named('Error') } } },
    ]),
  ),
});
const reads = (operationId: string, summary: string, schema: string, parameters: object[]) => ({
  get: { operationId, summary, parameters, responses: answers(schema) },
});

const ENVIRONMENT = '/v1/cluster/{owner}/{repo}/{environment}';

/** The API in its own words. */
export const openapi = (version: string): object => ({
  openapi: '3.1.0',
  info: {
    title: 'Flotilla',
    version,
    description: 'What runs where, and how it is. Read-only. Times are UTC, durations milliseconds.',
  },
  security: [{ token: [] }, { session: [] }],
  paths: {
    '/v1/cluster': reads('cluster', 'The fleets that you may see', 'Cluster', []),
    '/v1/cluster/{owner}/{repo}': reads('fleet', 'A fleet and its environments', 'Fleet', where.slice(0, 2)),
    [`${ENVIRONMENT}/resources`]: reads('resources', 'What runs where', 'Resources', where),
    [`${ENVIRONMENT}/health`]: reads('health', 'How each instance is', 'Health', where),
    [`${ENVIRONMENT}/incidents`]: reads('incidents', 'Open incidents, or those closed in a month', 'Incidents', [
      ...where,
      query('closed', 'A month.', { type: 'string', pattern: '^\\d{4}-(0[1-9]|1[0-2])$' }),
    ]),
    [`${ENVIRONMENT}/events`]: reads('events', 'The journal, newest first', 'Events', [
      ...where,
      query('before', 'Id of an event: those before it.', { type: 'string', maxLength: 200 }),
      query('limit', 'Events of a page.', { type: 'integer', minimum: 1, maximum: 100, default: 50 }),
    ]),
    '/v1/events': {
      get: {
        operationId: 'stream',
        summary: 'Server-Sent Events as things turn, each with a Happening as its data',
        parameters: [
          query('repository', 'Only this one, owner/name.', text),
          {
            name: 'Last-Event-ID',
            in: 'header',
            description: 'Goes on after it, as far as is remembered.',
            schema: text,
          },
        ],
        responses: answers('Happening', 'text/event-stream'),
      },
    },
  },
  components: {
    schemas,
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: 'The operator’s token, or a GitHub token of yours.' },
      session: { type: 'apiKey', in: 'cookie', name: '__Host-flotilla-session', description: 'Sign in at /v1/login.' },
    },
  },
});
