import type { Permission, PersonFacts, Term, Who } from '../model/policy.ts';

const LEVELS: readonly Permission[] = ['none', 'read', 'write', 'maintain', 'admin'];

/** What has to be found out about somebody before `holds` can tell. */
export interface Asks {
  permission: boolean;
  teams: Set<string>;
}

/** Adds what these terms ask of `login`; names answer themselves, and nothing more is asked where one is enough. */
export function addAsks(asks: Asks, { anyOf = [], allOf = [] }: Who, login: string): void {
  const open = anyOf.some((term) => isNamed(term, login)) ? allOf : [...anyOf, ...allOf];
  for (const term of open) {
    if (term.startsWith('permission:')) asks.permission = true;
    else if (term.startsWith('team:')) asks.teams.add(term.slice('team:'.length));
  }
}

/** Whether a term is true of somebody; text: why that is not known. */
export function holds(term: Term, { login, permission, teams }: PersonFacts): boolean | string {
  if (term.startsWith('user:')) return isNamed(term, login);
  if (term.startsWith('team:')) return teams[term.slice('team:'.length)] ?? `nobody asked about ${term}`;
  return LEVELS.indexOf(permission ?? 'none') >= LEVELS.indexOf(term.slice('permission:'.length) as Permission);
}

/** Whether a person is one of those: true, or why not. What could not be read counts as no. */
export function isAmong({ anyOf, allOf = [] }: Who, person: PersonFacts): true | string {
  const unknown: string[] = [];
  const has = (term: Term): boolean => {
    const answer = holds(term, person);
    if (typeof answer === 'string') unknown.push(answer);
    return answer === true;
  };
  const missing = allOf.filter((term) => !has(term));
  if ((anyOf === undefined || anyOf.some(has)) && missing.length === 0) return true;
  const because = unknown.length > 0 ? ` (${[...new Set(unknown)].join('; ')})` : '';
  return `${person.login}${person.permission ? `, who has ${person.permission} permission,` : ''} is not${because}`;
}

/** `anyone`, `nobody`, `team:acme/ops or user:ada`, `permission:admin and team:acme/ops`. */
export function whoWords({ anyOf, allOf = [] }: Who): string {
  if (anyOf?.length === 0) return 'nobody';
  const any = anyOf === undefined ? '' : anyOf.join(' or ');
  const all = allOf.join(' and ');
  return any && all ? `${all}, and ${any}` : any || all || 'anyone';
}

/** GitHub's logins do not tell large letters from small ones. */
export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

const isNamed = (term: Term, login: string): boolean => isSame(term, `user:${login}`);
