import type { Task } from '../task.ts';
import { placeOf, type FromRepository } from './place.ts';
import { commandIn } from './slash-command.ts';

interface IssueCommentEvent extends FromRepository {
  issue: { number: number; pull_request?: unknown };
  comment: {
    id: number;
    body: string;
    created_at: string;
    user: { login: string; type?: string } | null;
    performed_via_github_app?: unknown;
  };
}

/** A comment by a person that holds a slash command. What Apps write, ourselves included, is never one. */
export function onIssueComment(event: IssueCommentEvent): Task[] {
  const { issue, comment } = event;
  const place = placeOf(event);
  if (!place || !comment.user || comment.user.type === 'Bot' || comment.performed_via_github_app) return [];
  const command = commandIn(comment.body);
  if (!command) return [];
  return [
    {
      kind: 'command',
      place,
      issue: issue.number,
      isPull: Boolean(issue.pull_request),
      comment: comment.id,
      at: comment.created_at,
      actor: comment.user.login,
      command,
    },
  ];
}
