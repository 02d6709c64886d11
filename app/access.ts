import { createAppAuth } from '@octokit/auth-app';
import { createGitHub, systemClock, type GitHub, type RequestRecord } from '../src/index.ts';
import type { Credentials } from './settings.ts';
import type { Place } from './task.ts';

/** What a token may do; repositories' names are always readable. */
export type Rights = Record<string, 'read' | 'write'>;

/** The least that each kind of work can do with. */
export const RIGHTS = {
  plan: { contents: 'read', checks: 'write' },
  /** To follow a push: seeing what is there, dispatching, telling. */
  push: { contents: 'read', actions: 'write', checks: 'write' },
  /** To have the workflow started, and nothing else. */
  dispatch: { actions: 'write' },
  /** To say how a run ended that could not say so itself. */
  ended: { checks: 'write' },
  /** For what people ask for: answering, dispatching, telling. */
  command: { contents: 'read', actions: 'write', checks: 'write', issues: 'write', pull_requests: 'read' },
  /** To tell who is in a team, where a rule of the policy names one. */
  members: { metadata: 'read', members: 'read' },
  /** To answer a job that waits to deploy. */
  gate: { contents: 'read', deployments: 'write' },
  /** To ask which repositories there are. */
  list: { metadata: 'read' },
  /** To see fleets and their records. */
  watch: { contents: 'read' },
  /** To record how they are, and to tell. */
  record: { contents: 'write', actions: 'read', checks: 'write', deployments: 'write', issues: 'write' },
  sweep: { contents: 'read', checks: 'read', pull_requests: 'read' },
} as const satisfies Record<string, Rights>;

/** GitHub, as the App and as its installations. */
export interface Access {
  /** As the App itself. */
  app(signal?: AbortSignal): GitHub;
  /** One repository, with no more than these rights. */
  repository(place: Place, rights: Rights, signal: AbortSignal): GitHub;
  /** Every repository of an installation, with no more than these rights. */
  installation(id: number, rights: Rights, signal: AbortSignal): GitHub;
  /** Forgets the tokens of an installation: they were refused. */
  forget(installation: number): void;
}

interface Token {
  installation: number;
  /** Null while it is being asked for. */
  expires: number | null;
  text: Promise<string>;
}

/** A token this close to its end is not used any more; milliseconds. */
const MARGIN = 5 * 60_000;
const CAPACITY = 5_000;

/** Signs in as the App; installation tokens are narrowed, and kept until shortly before they end. */
export function openAccess(
  { appId, privateKey }: Pick<Credentials, 'appId' | 'privateKey'>,
  apiUrl: string,
  /** Told of every request, with the installation it is made for; undefined as the App itself. */
  onRequest: (installation: number | undefined, request: RequestRecord) => void = () => {},
): Access {
  const sign = createAppAuth({ appId, privateKey });
  const tokens = new Map<string, Token>();
  const github = (auth: () => Promise<string>, signal?: AbortSignal, installation?: number): GitHub =>
    createGitHub({
      auth,
      onRequest: (request) => onRequest(installation, request),
      apiUrl,
      userAgent: 'flotilla-app',
      ...systemClock,
      now: () => systemClock.now(),
      ...(signal ? { signal } : {}),
    });
  const app = (signal?: AbortSignal): GitHub => github(async () => (await sign({ type: 'app' })).token, signal);

  function token(installation: number, rights: Rights, repository?: string): Promise<string> {
    const key = JSON.stringify([installation, repository, rights]);
    const known = tokens.get(key);
    tokens.delete(key);
    if (known && (known.expires === null || known.expires - MARGIN > Date.now())) {
      tokens.set(key, known);
      return known.text;
    }
    const made: Token = { installation, expires: null, text: ask() };
    tokens.set(key, made);
    const oldest = tokens.keys().next().value;
    if (tokens.size > CAPACITY && oldest !== undefined) tokens.delete(oldest);
    return made.text;

    async function ask(): Promise<string> {
      try {
        const { data } = await app().request<{ token: string; expires_at: string }>(
          'POST /app/installations/{installation_id}/access_tokens',
          { installation_id: installation, permissions: rights, ...(repository ? { repositories: [repository] } : {}) },
          { kind: 'token', repeatable: true },
        );
        made.expires = Date.parse(data.expires_at);
        return data.token;
      } catch (error) {
        if (tokens.get(key) === made) tokens.delete(key);
        throw error;
      }
    }
  }

  return {
    app,
    repository: ({ installation, repo }, rights, signal) =>
      github(() => token(installation, rights, repo), signal, installation),
    installation: (id, rights, signal) => github(() => token(id, rights), signal, id),
    forget(installation) {
      for (const [key, known] of tokens) if (known.installation === installation) tokens.delete(key);
    },
  };
}
