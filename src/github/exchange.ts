import type { Octokit } from '@octokit/core';

/** One request as it is sent. */
export interface Sent {
  route: string;
  params: Record<string, unknown>;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** What came of one request. `cut`: the connection failed; when `reached` is false the request never arrived. */
export type Answer =
  | { kind: 'answer'; status: number; headers: Record<string, string>; data: unknown }
  | { kind: 'cut'; reached: boolean; message: string };

/** Failures before anything was sent. */
const UNREACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** Sends one request through Octokit and gives whatever came of it as data. */
export async function exchange(octokit: Octokit, { route, params, headers, signal }: Sent): Promise<Answer> {
  try {
    const response = await octokit.request(route, { ...params, headers, request: { signal } });
    return { kind: 'answer', status: response.status, headers: response.headers as never, data: response.data };
  } catch (error) {
    const { response } = error as { response?: { status: number; headers: Record<string, string>; data: unknown } };
    if (response) return { kind: 'answer', status: response.status, headers: response.headers, data: response.data };
    return { kind: 'cut', reached: !unreached(error), message: (error as Error).message };
  }
}

function unreached(error: unknown): boolean {
  for (let at = error as { code?: string; cause?: unknown } | undefined; at; at = at.cause as typeof at)
    if (at.code && UNREACHED.has(at.code)) return true;
  return false;
}
