import { beforeAll, describe, test } from 'vitest';
import { digest } from '../../src/model/canonical.ts';
import type { Case } from '../../src/provider-kit/conformance.ts';
import { cases } from '../conformance/cases.ts';
import type { createMatrix } from '../conformance/matrix.ts';
import { settingOf } from '../conformance/setting.ts';
import type { LiveAccount } from './live-accounts.ts';
import { LIVE_KINDS, liveExample } from './live-examples.ts';
import { liveHarness } from './live-harness.ts';
import { ownNames, strangerTo } from './live-names.ts';
import { sweep } from './sweep.ts';

/** The cases that need nobody to break the provider. */
export const LIVE_CASES = [
  'create',
  'create-again',
  'update',
  'drift',
  'remove',
  'foreign',
  'rollback',
  'logs',
  'read-only',
] as const satisfies Case[];

/** Declares the live tests of one account: first what dead runs left is swept, then each case makes and removes its own. */
export function declareLive(live: LiveAccount, matrix: ReturnType<typeof createMatrix>, commit?: string): void {
  const { harness } = live;
  const { type } = harness.provider;
  describe(`${type}, live`, () => {
    beforeAll(async () => {
      const swept = await sweep(live, new Date());
      if (swept.length > 0) console.log(`${type}: removed what an earlier run left: ${swept.join(', ')}`);
    });
    for (const name of LIVE_CASES) {
      const whole = harness.skips[name];
      if (whole) matrix.skipped(type, name, whole);
      for (const kind of LIVE_KINDS) {
        const example = liveExample(harness, kind);
        if (!example) continue;
        const reason = whole ?? harness.skips[`${name}: ${kind}`];
        if (reason && !whole) matrix.skippedKind(type, name, kind, reason);
        if (reason) continue;
        test(`${name}: ${kind}`, async () => {
          const whose = ownNames(new Date(), commit);
          const acting = name === 'foreign' ? strangerTo(whose) : whose;
          const setting = await settingOf(liveHarness(live, kind, example, whose), kind, { whose: acting });
          if (name === 'drift') {
            const made = await setting.ensure();
            const changed = { ...setting.desired('main', example.changed), hash: digest(example.spec) };
            if (setting.handler.diff(changed, made).length === 0)
              return matrix.skippedKind(type, name, kind, 'nothing that shows there can be changed behind our back');
          }
          matrix.started(type, name);
          await cases[name](setting);
          matrix.passed(type, name);
        });
      }
    }
  });
}
