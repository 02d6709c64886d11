import { openMachine } from './machine.ts';
import {
  aborted,
  runQuickstart,
  type QuickstartDocument,
  type QuickstartOptions,
} from './quickstart/run-quickstart.ts';

export type { QuickstartDocument } from './quickstart/run-quickstart.ts';
export type { Tell } from './quickstart/story.ts';

export interface SandboxRun extends QuickstartOptions {
  /** Tell the quickstart's story; otherwise the sandbox is empty and ready for one's own `git push`. */
  quickstart: boolean;
  /** Name of the repository for one's own pushes. */
  name: string;
}

/** A GitHub for this machine, up until the signal: nothing leaves the machine, and nothing of it stays. */
export async function runSandbox({
  quickstart,
  name,
  ...options
}: SandboxRun): Promise<QuickstartDocument | { url: string; remote: string }> {
  if (quickstart) return runQuickstart(options);
  const { signal, tell } = options;
  const machine = await openMachine({ ...options, owner: 'you', name, empty: true });
  try {
    tell({
      kind: 'chapter',
      text: 'A GitHub for this machine is up; Ctrl-C ends it. Push to it, and its workflows run here.',
    });
    tell({ kind: 'link', text: `git push ${machine.remote} HEAD:main` });
    tell({ kind: 'link', text: machine.page() });
    await aborted(signal);
    return { url: machine.page(), remote: machine.remote };
  } finally {
    await machine.close();
  }
}
