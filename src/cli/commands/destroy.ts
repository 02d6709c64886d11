import { carryOut } from '../carry-out.ts';
import type { Run } from '../session.ts';

export const run: Run = (session) =>
  carryOut(session, {
    command: 'destroy',
    intent: { kind: 'destroy' },
    question: (environment) => `Remove all of this from ${environment}?`,
  });
