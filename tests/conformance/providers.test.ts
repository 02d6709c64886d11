import { afterAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/model/resource.ts';
import { CASES, type Case } from '../../src/provider-kit/conformance.ts';
import { harnesses } from '../../src/providers/conformance.gen.ts';
import { registry } from '../../src/providers/registry.gen.ts';
import { cases } from './cases.ts';
import { createMatrix } from './matrix.ts';
import { settingOf } from './setting.ts';

const matrix = createMatrix();
afterAll(() => console.log(matrix.text()));

test('every provider has a harness, and an example of every kind that it supports', async () => {
  expect(Object.keys(harnesses)).toEqual(Object.keys(registry));
  for (const [type, load] of Object.entries(harnesses)) {
    const { provider, examples } = await load();
    const supported = KINDS.filter((kind) => provider.kinds[kind]?.supported);
    expect(provider).toBe(await registry[type]?.());
    expect(provider.type).toBe(type);
    expect(Object.keys(provider.handlers).toSorted()).toEqual(supported.toSorted());
    expect(Object.keys(examples).toSorted()).toEqual(supported.toSorted());
  }
});

for (const [type, load] of Object.entries(harnesses)) {
  const harness = await load();
  const kinds = KINDS.filter((kind) => harness.provider.kinds[kind]?.supported);
  describe(type, () => {
    for (const name of Object.keys(CASES) as Case[]) {
      const reason = harness.skips[name];
      if (reason) matrix.skipped(type, name, reason);
      for (const kind of kinds) {
        test.skipIf(reason !== undefined)(`${name}: ${kind}`, async () => {
          matrix.started(type, name);
          await cases[name](await settingOf(harness, kind, name === 'pages' ? { pageSize: 3 } : {}));
          matrix.passed(type, name);
        });
      }
    }
  });
}
