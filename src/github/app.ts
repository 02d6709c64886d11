import type { GitHub } from './github.ts';
import { pages } from './pages.ts';
import type { RepositoryName } from './repository.ts';

/** One attempt to deliver a webhook. */
export interface Delivery {
  id: number;
  /** The same for every attempt. */
  guid: string;
  delivered_at: string;
  redelivery: boolean;
  /** HTTP status of our answer; 0 when there was none. */
  status_code: number;
  event: string;
}

export interface Installation {
  id: number;
  account: { login: string } | null;
  suspended_at: string | null;
}

const CALL = { kind: 'app' };

/** Webhooks that never got a 2xx since `since`, newest first; a GUID once. The port must be authenticated as the App (JWT). */
export async function failedDeliveries(github: GitHub, since: Date): Promise<Delivery[]> {
  const delivered = new Set<string>();
  const failed = new Map<string, Delivery>();
  let cursor: string | undefined;
  do {
    const { data, headers } = await github.request<Delivery[]>(
      'GET /app/hook/deliveries',
      { per_page: 100, ...(cursor ? { cursor } : {}) },
      CALL,
    );
    for (const delivery of data) {
      if (new Date(delivery.delivered_at) < since) return undelivered(failed, delivered);
      if (delivery.status_code >= 200 && delivery.status_code < 300) delivered.add(delivery.guid);
      else if (!failed.has(delivery.guid)) failed.set(delivery.guid, delivery);
    }
    cursor = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(headers['link'] ?? '')?.[1];
  } while (cursor);
  return undelivered(failed, delivered);
}

const undelivered = (failed: Map<string, Delivery>, delivered: Set<string>): Delivery[] =>
  [...failed.values()].filter(({ guid }) => !delivered.has(guid));

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

/** Repositories that an installation sees; the port must be authenticated as that installation. */
export async function installedRepositories(github: GitHub): Promise<RepositoryName[]> {
  const found: RepositoryName[] = [];
  for await (const { name, owner } of pages(github, 'GET /installation/repositories', {}, CALL, { items: installed }))
    found.push({ owner: owner.login, repo: name });
  return found;
}

const installed = (data: unknown) =>
  (data as { repositories: { name: string; owner: { login: string } }[] }).repositories;
