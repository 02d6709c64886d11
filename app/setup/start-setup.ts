import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Octokit } from '@octokit/core';
import { listen, type Route } from '../server.ts';
import type { Settings } from '../settings.ts';
import { manifestFor } from './manifest.ts';
import { donePage, setupPage } from './page.ts';
import { saveCredentials, type Registered } from './save-credentials.ts';

export interface Setup {
  /** The page, with the key that opens it. */
  url: string;
  close(): Promise<void>;
}

/**
 * The App before it is registered: one page that registers it by GitHub's manifest flow and saves what comes back. Only
 * who started it has the key, and only the answer to its own form is taken. It serves until it is stopped.
 */
export async function startSetup(
  settings: Settings,
  { file, tell }: { file: string; tell: (message: string) => void },
): Promise<Setup> {
  const { apiUrl, serverUrl, organization, webhookPath } = settings;
  const key = randomBytes(20).toString('hex');
  const owner = organization ? `/organizations/${encodeURIComponent(organization)}` : '';
  const register = `${serverUrl}${owner}/settings/apps/new?state=${key}`;
  const github = new Octokit({ baseUrl: apiUrl });
  let registered: Registered | undefined;

  const show: Route = (_request, response, url) => {
    if (!same(url.searchParams.get('key'), key)) return void response.writeHead(403, TEXT).end(STRANGER);
    const publicUrl = settings.publicUrl || server.url;
    const manifest = manifestFor(publicUrl, webhookPath, settings.heartbeat);
    response.writeHead(200, HTML).end(setupPage({ action: register, manifest, publicUrl }));
  };
  const finish: Route = async (_request, response, url) => {
    const code = url.searchParams.get('code') ?? '';
    if (!same(url.searchParams.get('state'), key) || !/^[\w-]+$/.test(code))
      return void response.writeHead(403, TEXT).end(STRANGER);
    // The code is good for one use; a page that is loaded again only shows what was done.
    registered ??= await convert(code);
    const { name, html_url } = registered;
    response.writeHead(200, HTML).end(donePage({ name, installUrl: `${html_url}/installations/new`, file }));
  };
  async function convert(code: string): Promise<Registered> {
    const { data } = await github.request('POST /app-manifests/{code}/conversions', { code });
    await saveCredentials(file, data as Registered);
    return data as Registered;
  }

  const failed = (error: unknown): void => tell(`Registering failed: ${(error as Error).message}`);
  const server = await listen(settings, { 'GET /': show, 'GET /setup': finish, 'GET /healthz': notReady }, failed);
  const url = `${server.url}/?key=${key}`;
  tell(`Flotilla's App is not registered yet. Open this page to register it: ${url}`);
  return { url, close: server.close };
}

const HTML = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};
const TEXT = { 'content-type': 'text/plain' };
const STRANGER = 'begin at the address that the App printed when it was started\n';

const notReady: Route = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/json' }).end('{"status":"not registered"}\n');
};

/** Compared by bytes: what is as long in characters may not be in them. */
function same(given: string | null, key: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}
