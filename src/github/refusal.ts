import { ConflictError, CredentialError, TransientError, UnsupportedError } from '../model/errors.ts';
import { errorsOf, messageOf, type GraphqlError } from './verdict.ts';

/** The request may or may not have taken effect; whoever made it has to look. */
export class LostAnswerError extends TransientError {
  override name = 'LostAnswerError';
}

export interface Refused {
  /** What was wanted, e.g. `GET /repos/{owner}/{repo}` or `the query "State"`. */
  what: string;
  status: number;
  headers: Record<string, string>;
  data: unknown;
  /** The permission that the caller knows to be needed, e.g. `checks: write`. */
  permission?: string | undefined;
}

/** The error that a refusal by GitHub is for the engine. Pure. */
export function refusal({ what, status, headers, data, permission }: Refused): Error {
  const words = `GitHub refused ${what}: ${status} ${messageOf(data)}${details(data)}`;
  if (status === 401) return new CredentialError(words, { mend: 'give it a token that is valid and has not expired' });
  if (status === 403) return new CredentialError(words, { mend: permissionMend(headers, permission) });
  if (status === 404)
    return new CredentialError(words, {
      mend: `check the repository's name, and that the token may see it${permission ? ` (${permission})` : ''}`,
    });
  if (status === 409) return new ConflictError(words, { mend: 'run it again' });
  return new UnsupportedError(words, { mend: 'if the request looks right to you, report this as a bug of Flotilla' });
}

/** The error that a GraphQL answer's `errors` are. Pure. */
export function graphqlRefusal(what: string, errors: readonly GraphqlError[], permission?: string): Error {
  const words = `GitHub refused ${what}: ${errors.map(({ message }) => message).join('; ')}`;
  const has = (type: string): boolean => errors.some((error) => error.type === type);
  // A lost race is told in these two ways.
  if (has('STALE_DATA') || /Expected branch to point to/.test(words))
    return new ConflictError(words, { mend: 'read again and rebuild' });
  if (has('FORBIDDEN') || has('INSUFFICIENT_SCOPES') || /Resource not accessible/.test(words))
    return new CredentialError(words, { mend: permissionMend({}, permission) });
  if (has('NOT_FOUND'))
    return new CredentialError(words, { mend: `check the repository's name, and that the token may see it` });
  return new UnsupportedError(words, { mend: 'if the request looks right to you, report this as a bug of Flotilla' });
}

function permissionMend(headers: Record<string, string>, permission: string | undefined): string {
  // GitHub itself names what would have been enough, e.g. `checks=write; contents=read`.
  const accepted = headers['x-accepted-github-permissions']?.replaceAll('=', ': ').replaceAll('; ', ' and ');
  const needed = accepted || permission;
  return needed
    ? `give the token "${needed}" (\`permissions:\` of the workflow, or the App's settings)`
    : 'check what the token may do in this repository';
}

function details(data: unknown): string {
  const texts = errorsOf(data).map((error) => (typeof error === 'string' ? error : JSON.stringify(error)));
  return (data as { message?: unknown } | null)?.message && texts.length > 0 ? ` (${texts.join(', ')})` : '';
}
