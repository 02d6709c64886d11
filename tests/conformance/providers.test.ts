import { afterAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/model/resource.ts';
import { CASES, type Case } from '../../src/provider-kit/conformance.ts';
import { harnesses } from '../../src/providers/conformance.gen.ts';
import { registry } from '../../src/providers/registry.gen.ts';
import { cases } from './cases.ts';
import { createMatrix } from './matrix.ts';
import { settingOf } from './setting.ts';
import { hasSpecification, specificationFolder, specificationReport, unusedDeviations } from './specifications.ts';

const matrix = createMatrix();
afterAll(() => console.log(`${matrix.text()}\n${specificationReport()}`));

test('every provider has a harness, and an example of every kind that it supports', async () => {
  expect(Object.keys(harnesses)).toEqual(Object.keys(registry));
  for (const [type, load] of Object.entries(harnesses)) {
    const { provider, examples, specifications } = await load();
    const supported = KINDS.filter((kind) => provider.kinds[kind]?.supported);
    expect(provider).toBe(await registry[type]?.());
    expect(provider.type).toBe(type);
    expect(Object.keys(provider.handlers).toSorted()).toEqual(supported.toSorted());
    expect(Object.keys(examples).toSorted()).toEqual(supported.toSorted());
    for (const { survey, adopt, noImport } of Object.values(provider.handlers))
      expect([survey && adopt, noImport].filter(Boolean), `import from ${type}`).toHaveLength(1);
    // What official description there is of an API, its fake must be held against.
    if (hasSpecification(type)) expect(specifications ?? [], `specifications of ${type}`).not.toEqual([]);
  }
});

for (const [type, load] of Object.entries(harnesses)) {
  const harness = await load();
  const kinds = KINDS.filter((kind) => harness.provider.kinds[kind]?.supported);
  describe(type, () => {
    let ran = 0;
    let all = 0;
    for (const name of Object.keys(CASES) as Case[]) {
      const whole = harness.skips[name];
      if (whole) matrix.skipped(type, name, whole);
      for (const kind of kinds) {
        const refusal = name === 'import' ? harness.provider.handlers[kind]?.noImport : undefined;
        const reason = whole ?? harness.skips[`${name}: ${kind}`] ?? refusal;
        if (reason && !whole) matrix.skippedKind(type, name, kind, reason);
        if (reason === undefined) all += 1;
        test.skipIf(reason !== undefined)(`${name}: ${kind}`, async () => {
          ran += 1;
          matrix.started(type, name);
          await cases[name](
            await settingOf(harness, kind, name === 'pages' || name === 'import' ? { pageSize: 3 } : {}),
          );
          matrix.passed(type, name);
        });
      }
    }
    test.skipIf(!specificationFolder || !harness.deviations)('each deviation that is permitted occurs', ({ skip }) => {
      skip(ran < all, 'not every case was run');
      expect(unusedDeviations(harness).map(({ because }) => because)).toEqual([]);
    });
  });
}
