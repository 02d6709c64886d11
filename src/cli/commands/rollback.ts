import { carryOut } from '../carry-out.ts';
import { addressOf } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const address = addressOf(session.args[0] ?? '');
  return carryOut(session, {
    command: 'rollback',
    intent: { kind: 'rollback', address, to: session.flags.text('to') },
    question: (environment) => `Bring this back in ${environment}?`,
  });
};
