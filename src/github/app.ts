import type { GitHub } from './github.ts';
import { pages } from './pages.ts';
import type { RepositoryName } from './repository.ts';

/** One attempt to deliver a webhook. */
export interface Delivery {
  id: number;
  /** The same for every attempt. */
  guid: string;
  /** ISO 8601. */
  delivered_at: string;
  redelivery: boolean;
  /** HTTP status of our answer; 0 when there was none. */
  status_code: number;
  event: string;
  action: string | null;
}

export interface Installation {
  id: number;
  account: { login: string } | null;
  suspended_at: string | null;
}

const CALL = { kind: 'app' };

/** A webhook and how its newest attempt went. */
export interface Delivered extends Delivery {
  /** Whether any attempt since `since` got a 2xx. */
  arrived: boolean;
  /** Attempts since `since`. */
  attempts: number;
}

/**
 * Webhooks since `since`, newest first, a GUID once; at most `limit` attempts are looked at. The port must be
 * authenticated as the App (JWT).
 */
export async function deliveries(github: GitHub, since: Date, limit = 5_000): Promise<Delivered[]> {
  const newest = new Map<string, Delivered>();
  let cursor: string | undefined;
  let seen = 0;
  do {
    const { data, headers } = await github.request<Delivery[]>(
      'GET /app/hook/deliveries',
      { per_page: 100, ...(cursor ? { cursor } : {}) },
      CALL,
    );
    for (const delivery of data) {
      if (new Date(delivery.delivered_at) < since || seen++ === limit) return [...newest.values()];
      const arrived = delivery.status_code >= 200 && delivery.status_code < 300;
      const known = newest.get(delivery.guid);
      if (known) Object.assign(known, { arrived: known.arrived || arrived, attempts: known.attempts + 1 });
      else newest.set(delivery.guid, { ...delivery, arrived, attempts: 1 });
    }
    cursor = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(headers['link'] ?? '')?.[1];
  } while (cursor);
  return [...newest.values()];
}

/** Asks GitHub to send a webhook again, with the same GUID. */
export async function redeliver(github: GitHub, id: number): Promise<void> {
  await github.request(
    'POST /app/hook/deliveries/{delivery_id}/attempts',
    { delivery_id: id },
    { ...CALL, repeatable: true },
  );
}

/** Where the App is installed. */
export async function installations(github: GitHub): Promise<Installation[]> {
  const found: Installation[] = [];
  for await (const installation of pages<Installation>(github, 'GET /app/installations', {}, CALL))
    found.push(installation);
  return found;
}

/** Repositories that an installation may work in; the port must be authenticated as that installation. */
export async function installedRepositories(github: GitHub): Promise<RepositoryName[]> {
  const found: RepositoryName[] = [];
  for await (const { name, owner } of pages(github, 'GET /installation/repositories', {}, CALL, { items: installed }))
    found.push({ owner: owner.login, repo: name });
  return found;
}

const installed = (data: unknown): Listed[] =>
  (data as { repositories: Listed[] }).repositories.filter(({ archived, disabled }) => !archived && !disabled);

interface Listed {
  name: string;
  owner: { login: string };
  archived?: boolean;
  disabled?: boolean;
}
