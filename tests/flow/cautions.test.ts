import { expect, test } from 'vitest';
import { cautions } from '../../src/connect.ts';
import { keptAwake } from '../../src/kept-awake.ts';
import type { Ports } from '../../src/ports.ts';
import { provider } from '../../src/providers/local/provider.ts';
import { provider as render } from '../../src/providers/render/provider.ts';
import { read } from '../config/reading.ts';
import { allAt, graphOf, resource } from './fleet.ts';

test('what lives on a machine that is gone after the job is warned of, where that machine is one', async () => {
  const config = await read('fleet: a\n');
  const connections = new Map([['here', { account: {}, provider }]]) as unknown as Parameters<typeof cautions>[0];
  const placement = allAt(graphOf(resource('service/api')), 'here');
  const told = (hostedRunner: boolean, placed = placement) =>
    cautions(connections, placed, config, { hostedRunner } as Ports).map(({ message }) => message);
  expect(told(true)).toEqual([expect.stringContaining('gone when the job ends')]);
  expect(told(false)).toEqual([]);
  expect(told(true, new Map())).toEqual([]);
});

test('a service that is kept awake says what that costs, where it would sleep', async () => {
  const told = async (plan: string, health: string) => {
    const config = await read(
      `fleet: a\nproviders: { render: { plan: ${plan} }, local: {} }\nservices: { api: { source: a, health: { ${health} } } }\n`,
    );
    const connections = new Map([
      ['render', { account: {}, provider: render }],
      ['local', { account: {}, provider }],
    ]) as unknown as Parameters<typeof keptAwake>[0];
    return ['render', 'local'].flatMap((account) => {
      const placement = allAt(graphOf(resource('service/api', { replicas: 2 })), account);
      return keptAwake(connections, placement, config);
    });
  };
  expect(await told('free', 'keep_awake: true')).toEqual([
    {
      message: 'service/api is kept awake at render, which takes 1460 instance hours a month',
      position: { file: 'flotilla.yml', line: 3, column: 53 },
    },
  ]);
  expect(await told('starter', 'keep_awake: true')).toEqual([]);
  expect(await told('free', 'path: /')).toEqual([]);
});
