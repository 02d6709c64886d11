import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restRoutes } from '../../src/sandbox/github/rest/routes.ts';
import { appsContract } from './contract/apps.ts';
import { checksContract } from './contract/checks.ts';
import { deploymentsContract } from './contract/deployments.ts';
import { filesContract } from './contract/files.ts';
import { gitDataContract } from './contract/git-data.ts';
import { graphqlContract } from './contract/graphql.ts';
import { issuesContract } from './contract/issues.ts';
import { pullsContract } from './contract/pulls.ts';
import { refusalsContract } from './contract/refusals.ts';
import { usersContract } from './contract/users.ts';
import { webhooksContract } from './contract/webhooks.ts';
import { workflowsContract } from './contract/workflows.ts';
import { startWorld, type ContractWorld } from './contract/world.ts';
import { operations } from './openapi/operations.ts';
import { operationId } from './validate-rest.ts';

let world: ContractWorld;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.close());

describe('every operation, used as Flotilla and its users do, is what GitHub describes', () => {
  appsContract(() => world);
  usersContract(() => world);
  filesContract(() => world);
  gitDataContract(() => world);
  pullsContract(() => world);
  issuesContract(() => world);
  checksContract(() => world);
  deploymentsContract(() => world);
  workflowsContract(() => world);
  webhooksContract(() => world);
  graphqlContract(() => world);

  test('nothing in all this is other than GitHub describes', () => world.watched.expectNone());

  test('each operation of the slice was carried out, and the sandbox serves no other', () => {
    const done = world.github.traffic.filter(({ status }) => status >= 200 && status < 400);
    const used = new Set(done.map((exchange) => operationId(exchange)));
    expect(operations.filter((operation) => !used.has(operation))).toEqual([]);
    const served = restRoutes.map(({ method, pattern }) => operationId({ method, path: pattern, status: 200 }));
    expect(restRoutes.map(({ pattern }) => pattern).filter((_, index) => served[index] === undefined)).toEqual([]);
  });
});

describe('what goes wrong is told as GitHub tells it', () => refusalsContract(() => world));
