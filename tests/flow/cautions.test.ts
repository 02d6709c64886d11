import { expect, test } from 'vitest';
import { cautions } from '../../src/connect.ts';
import type { Ports } from '../../src/ports.ts';
import { provider } from '../../src/providers/local/provider.ts';
import { allAt, graphOf, nowhere, resource } from './fleet.ts';

test('what lives on a machine that is gone after the job is warned of, where that machine is one', () => {
  const connections = new Map([['here', { account: {}, provider }]]) as unknown as Parameters<typeof cautions>[0];
  const placement = allAt(graphOf(resource('service/api')), 'here');
  const told = (hostedRunner: boolean, placed = placement) =>
    cautions(connections, placed, nowhere as never, { hostedRunner } as Ports).map(({ message }) => message);
  expect(told(true)).toEqual([expect.stringContaining('gone when the job ends')]);
  expect(told(false)).toEqual([]);
  expect(told(true, new Map())).toEqual([]);
});
