import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Deviation, Harness } from '../../src/provider-kit/conformance.ts';
import { startFakeServer } from '../../src/provider-kit/fake-server.ts';

const DESCRIPTION = {
  openapi: '3.0.3',
  paths: {
    '/things': {
      get: {
        parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }],
        responses: { 200: { content: { 'application/json': { schema: { type: 'array' } } } } },
      },
    },
  },
};
const deviation = (match: RegExp): Deviation => ({ match, because: 'it is so', source: 'https://example.com' });

/** The module as it is with a folder of specifications that holds one of a provider, or without one. */
async function loaded(withFolder: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-specifications-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'things'));
  writeFileSync(join(folder, 'things/api.json'), JSON.stringify(DESCRIPTION));
  vi.stubEnv('FLOTILLA_SPECS', withFolder ? folder : '');
  vi.resetModules();
  onTestFinished(() => void vi.unstubAllEnvs());
  return import('./specifications.ts');
}

function harnessOf(deviations: Deviation[]): Harness {
  const specifications = [{ file: 'things/api.json' }];
  return { provider: { type: 'things', title: 'Things' }, specifications, deviations } as unknown as Harness;
}

async function callsOf(...paths: string[]) {
  const server = await startFakeServer({ answer: () => ({ status: 200, body: [] }) });
  onTestFinished(() => server.stop());
  for (const path of paths) await fetch(`${server.url}${path}`).catch(() => {});
  return server;
}

test('each thing that is not as described is a line, once, but for what is permitted', async () => {
  const { violationsOf, unusedDeviations, specificationReport, hasSpecification } = await loaded(true);
  const server = await callsOf('/things?limit=1', '/things?limit=x', '/things?limit=x', '/thing', '/others');
  const [used, unused] = [deviation(/^GET \/others -> 200: .*no such operation/), deviation(/never/)];
  expect(violationsOf(harnessOf([used, unused]), server.calls)).toEqual([
    'GET /things -> 200: request query limit: must be integer, found "x"',
    'GET /thing -> 200: the specification has no such operation',
  ]);
  expect(unusedDeviations(harnessOf([used, unused]))).toEqual([unused]);
  expect(specificationReport()).toBe('things: 5 exchanges held against its specification');
  expect([hasSpecification('things'), hasSpecification('others')]).toEqual([true, false]);
});

test('an answer that a fault put in the place of the fake’s is not held against anything, its request is', async () => {
  const { violationsOf } = await loaded(true);
  const server = await callsOf();
  server.faults.add({ match: () => true, times: 1, act: { kind: 'status', status: 418 } });
  server.faults.add({ match: () => true, times: 1, act: { kind: 'cut', when: 'before' } });
  for (const path of ['/things', '/things?limit=x']) await fetch(`${server.url}${path}`).catch(() => {});
  expect(violationsOf(harnessOf([]), server.calls.slice(0, 1))).toEqual([]);
  expect(violationsOf(harnessOf([]), server.calls.slice(1))).toEqual([
    expect.stringMatching(/^GET \/things -> .*limit: must be integer/),
  ]);
});

test('without a folder nothing is held against anything, and that is said', async () => {
  const { holdToSpecification, specificationReport, hasSpecification } = await loaded(false);
  holdToSpecification(harnessOf([]), await callsOf('/nowhere'));
  expect(specificationReport()).toMatch(/^ran without specifications/);
  expect(hasSpecification('things')).toBe(false);
});
