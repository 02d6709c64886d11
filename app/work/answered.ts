import type { GitHub } from '../../src/index.ts';
import { WORKFLOW_FILE } from '../handlers/workflow-run.ts';
import type { CommandTask } from '../task.ts';

/** The hidden first line of an answer: says which comment it answers. */
export const answerMarker = ({ comment }: Pick<CommandTask, 'comment'>): string =>
  `<!-- flotilla:answer-${comment} -->`;

/** A webhook this late, in milliseconds, may be one that was worked on before. */
const LATE = 60_000;

interface Comment {
  body?: string;
  user: { type: string } | null;
}
interface Runs {
  workflow_runs: { created_at: string; actor: { type?: string } | null }[];
}

/**
 * Whether a command was seen to before this process: `answered`, or begun and cut off, which gives the answer; undefined:
 * do it. What GitHub shows is the only memory.
 */
export async function earlierTry(
  task: CommandTask,
  github: GitHub,
  { started, page }: { started: Date; page: string },
): Promise<string | undefined> {
  const { place, issue, at, command } = task;
  if (Date.now() - Date.parse(at) < LATE && Date.parse(at) > started.getTime()) return undefined;
  const repository = { owner: place.owner, repo: place.repo };
  const { data: comments } = await github.request<Comment[]>(
    'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
    { ...repository, issue_number: issue, since: at, per_page: 100 },
    { kind: 'comment', permission: 'issues: read' },
  );
  if (comments.some(({ body, user }) => user?.type === 'Bot' && body?.startsWith(answerMarker(task))))
    return 'answered';
  // Only going back twice would do harm: the second time it goes back further.
  if (command.name !== 'rollback') return undefined;

  const { data } = await github.request<Runs>(
    'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    { ...repository, workflow_id: WORKFLOW_FILE, event: 'workflow_dispatch', per_page: 30 },
    { kind: 'run', permission: 'actions: read', allow: [404] },
  );
  if (!data.workflow_runs?.some(({ actor, created_at }) => actor?.type === 'Bot' && created_at >= at)) return undefined;
  return `The App was restarted while it saw to this. It may have been started: [look at the runs](${page}), and write the command again if not.`;
}
