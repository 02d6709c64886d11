import { describe, test } from 'vitest';
import { KINDS } from '../../src/model/resource.ts';
import { CASES, type Case } from '../../src/provider-kit/conformance.ts';
import { cases } from './cases.ts';
import { settingOf } from './setting.ts';

for (const type of (process.env['ONLY'] ?? 'netlify').split(',')) {
  const { harness } = await import(`../../src/providers/${type}/conformance.ts`);
  const kinds = KINDS.filter((kind) => harness.provider.kinds[kind]?.supported);
  describe(type, () => {
    for (const name of Object.keys(CASES) as Case[])
      for (const kind of kinds)
        test.skipIf(harness.skips[name] !== undefined)(`${name}: ${kind}`, async () => {
          await cases[name](await settingOf(harness, kind, name === 'pages' ? { pageSize: 3 } : {}));
        });
  });
}
