import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openMachine, type MachineOptions } from '../machine.ts';
import { deploymentsOf, runsOf, stateCommits } from './look-around.ts';
import { tellStory, type Chapter, type Tell } from './story.ts';

export interface QuickstartOptions extends Pick<MachineOptions, 'actionFolder' | 'path' | 'port' | 'onLine'> {
  /** The starter fleet and the workflow, as `flotilla init --template starter` writes them, by path. */
  template: Record<string, string>;
  /** Writes the fleet's status page into the folder, as a person does by the command line; gives the path of its first page. */
  statusPage(place: { fullName: string; token: string; apiUrl: string; folder: string }): Promise<string>;
  /** End after the story; otherwise stay up until the signal. */
  once: boolean;
  signal: AbortSignal;
  tell: Tell;
}

/** What `flotilla sandbox --quickstart --once --json` prints. */
export interface QuickstartDocument {
  chapters: Chapter[];
  deployments: ReturnType<typeof deploymentsOf>;
  stateCommits: { sha: string; message: string }[];
  runs: ReturnType<typeof runsOf>;
  url: string;
  /** The status page's file; null after a story that was cut short. */
  statusPage: string | null;
}

/** Plays the quickstart and cleans up after itself, also when it is interrupted or goes wrong. */
export async function runQuickstart({
  once,
  signal,
  tell,
  template,
  statusPage,
  ...options
}: QuickstartOptions): Promise<QuickstartDocument> {
  const machine = await openMachine({ ...options, owner: 'ada', name: 'harbour', empty: false });
  try {
    tell({ kind: 'link', text: `GitHub's part is played by ${machine.page()}` });
    const chapters = await tellStory(machine, template, tell, signal);
    const { repository, token, github, folder } = machine;
    const place = { fullName: repository.fullName, token, apiUrl: github.apiUrl, folder: join(folder, 'status-page') };
    const page = signal.aborted ? null : await statusPage(place);
    if (page !== null) {
      tell({
        kind: 'chapter',
        text: 'The record makes a status page, for visitors and for those who look after the fleet.',
      });
      tell({ kind: 'link', text: pathToFileURL(page).href });
    }
    const document = {
      chapters,
      deployments: deploymentsOf(machine.repository),
      stateCommits: await stateCommits(machine),
      runs: runsOf(machine),
      url: machine.page(),
      statusPage: page,
    };
    if (!once && !signal.aborted) {
      tell({ kind: 'chapter', text: 'The fleet is up. Look around; Ctrl-C ends it and removes everything.' });
      tell({ kind: 'link', text: machine.page() });
      await aborted(signal);
    }
    return document;
  } finally {
    await machine.close();
  }
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
