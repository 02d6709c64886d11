import { openHarbour, type HarbourOptions } from './harbour.ts';
import { deploymentsOf, runsOf, stateCommits } from './look-around.ts';
import { tearDown, tellStory, type Chapter, type Tell } from './story.ts';

export interface QuickstartOptions extends Omit<HarbourOptions, 'onLine'> {
  /** End after the story; otherwise stay up until the signal. */
  once: boolean;
  signal: AbortSignal;
  tell: Tell;
  /** One line of a running workflow, for live progress. */
  onLine?(line: string): void;
}

/** What `flotilla sandbox --quickstart --once --json` prints. */
export interface QuickstartDocument {
  chapters: Chapter[];
  deployments: ReturnType<typeof deploymentsOf>;
  stateCommits: { sha: string; message: string }[];
  runs: ReturnType<typeof runsOf>;
  url: string;
}

/** Plays the quickstart and cleans up after itself, also when it is interrupted or goes wrong. */
export async function runQuickstart({
  once,
  signal,
  tell,
  onLine,
  ...options
}: QuickstartOptions): Promise<QuickstartDocument> {
  const harbour = await openHarbour({ ...options, onLine: ({ text }) => onLine?.(text) });
  try {
    tell({ kind: 'link', text: `GitHub, as far as this story needs it: ${harbour.page()}` });
    const chapters = await tellStory(harbour, tell, signal);
    const document = {
      chapters,
      deployments: deploymentsOf(harbour.repository),
      stateCommits: await stateCommits(harbour),
      runs: runsOf(harbour),
      url: harbour.page(),
    };
    if (!once && !signal.aborted) {
      tell({ kind: 'chapter', text: 'The fleet is up. Look around; Ctrl-C ends it and removes everything.' });
      tell({ kind: 'link', text: harbour.page() });
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    return document;
  } finally {
    try {
      await tearDown(harbour);
    } finally {
      await harbour.close();
    }
  }
}
