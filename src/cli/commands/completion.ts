import { completionScript, type Shell } from '../completion.ts';
import type { Run } from '../session.ts';

export const run: Run = async ({ args: [shell] }) => {
  const script = completionScript(shell as Shell);
  return { exit: 0, document: { shell, script }, payload: script };
};
