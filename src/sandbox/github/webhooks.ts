import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { renderAccount } from './render/account.ts';
import { renderRepository } from './render/repository.ts';
import { nodeId } from './node-id.ts';
import type { Account, App, Delivery, Installation, Repository } from './state.ts';
import { nextId } from './state.ts';
import type { World } from './world.ts';

/** GitHub waits no longer for an answer. */
const answerWithin = 10_000;
/** Deliveries kept for `/app/hook/deliveries`. */
const kept = 20_000;

const agent = new Agent({ keepAlive: true, maxSockets: 50 });

export interface Outgoing {
  app: App;
  installation: Installation;
  repository: Repository | undefined;
  event: string;
  action: string | undefined;
  payload: Record<string, unknown>;
  sender: Account;
}

/** What every payload carries besides its own: where, who, and for which installation. */
const envelope = (world: World, out: Pick<Outgoing, 'repository' | 'sender'>) => ({
  ...(out.repository
    ? {
        repository: renderRepository(world, out.repository),
        ...(out.repository.owner.type === 'Organization'
          ? { organization: renderOrganization(world, out.repository.owner) }
          : {}),
      }
    : {}),
  sender: renderAccount(world, out.sender),
});

export const renderOrganization = (world: World, account: Account) => {
  const url = `${world.urls.api}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('Organization', account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.urls.server}/avatars/${account.id}`,
    description: '',
  };
};

/** The payload a workflow run of that event sees: no installation in it. */
export const eventPayload = (
  world: World,
  out: Pick<Outgoing, 'repository' | 'sender' | 'action' | 'payload'>,
): Record<string, unknown> => ({
  ...(out.action === undefined ? {} : { action: out.action }),
  ...out.payload,
  ...envelope(world, out),
});

/** Sends one event to one App and writes it into the delivery log. Never fails: the log says how it went. */
export const send = async (world: World, out: Outgoing): Promise<Delivery> => {
  const body = JSON.stringify({
    ...(out.action === undefined ? {} : { action: out.action }),
    ...out.payload,
    ...envelope(world, out),
    ...('installation' in out.payload
      ? {}
      : { installation: { id: out.installation.id, node_id: nodeId('Installation', out.installation.id) } }),
  });
  return attempt(world, {
    guid: randomUUID(),
    app: out.app,
    event: out.event,
    action: out.action ?? null,
    installationId: out.installation.id,
    repositoryId: out.repository?.id ?? null,
    redelivery: false,
    body,
  });
};

/** Sends a past delivery once more, under its own GUID. */
export const redeliver = (world: World, past: Delivery): Promise<Delivery> =>
  attempt(world, { ...past, redelivery: true, body: past.request.payload });

const attempt = async (
  world: World,
  what: Pick<Delivery, 'guid' | 'app' | 'event' | 'action' | 'installationId' | 'repositoryId' | 'redelivery'> & {
    body: string;
  },
): Promise<Delivery> => {
  const { app, body } = what;
  const url = app.webhookUrl ?? '';
  const headers: Record<string, string> = {
    'user-agent': 'GitHub-Hookshot/sandbox',
    accept: '*/*',
    'content-type': 'application/json',
    'x-github-delivery': what.guid,
    'x-github-event': what.event,
    'x-github-hook-id': String(app.id),
    'x-github-hook-installation-target-id': String(app.id),
    'x-github-hook-installation-target-type': 'integration',
    ...(app.webhookSecret === ''
      ? {}
      : {
          'x-hub-signature': `sha1=${createHmac('sha1', app.webhookSecret).update(body).digest('hex')}`,
          'x-hub-signature-256': `sha256=${createHmac('sha256', app.webhookSecret).update(body).digest('hex')}`,
        }),
  };
  const delivery: Delivery = {
    id: nextId(world.state),
    guid: what.guid,
    app,
    event: what.event,
    action: what.action,
    installationId: what.installationId,
    repositoryId: what.repositoryId,
    deliveredAt: world.clock(),
    redelivery: what.redelivery,
    duration: 0,
    status: 'pending',
    statusCode: 0,
    url,
    request: { headers, payload: body },
    response: { headers: {}, payload: '' },
  };
  const startedAt = performance.now();
  const answer = await post(url, headers, body);
  delivery.duration = Math.round(performance.now() - startedAt) / 1000;
  delivery.status = answer.status;
  delivery.statusCode = answer.code;
  delivery.response = { headers: answer.headers, payload: answer.body };
  world.state.deliveries.push(delivery);
  if (world.state.deliveries.length > kept) world.state.deliveries.shift();
  return delivery;
};

interface Answer {
  code: number;
  status: string;
  headers: Record<string, string>;
  body: string;
}

const post = (url: string, headers: Record<string, string>, body: string): Promise<Answer> =>
  new Promise((resolve) => {
    const failed = (status: string): void => resolve({ code: 502, status, headers: {}, body: '' });
    if (!URL.canParse(url)) return failed('failed to connect to host');
    const secure = url.startsWith('https:');
    const request = (secure ? httpsRequest : httpRequest)(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        ...(secure ? {} : { agent }),
        signal: AbortSignal.timeout(answerWithin),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => failed('failed to connect to host'));
        response.on('end', () => {
          const code = response.statusCode ?? 0;
          resolve({
            code,
            status: code >= 200 && code < 300 ? 'OK' : `Invalid HTTP Response: ${code}`,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(chunks).toString().slice(0, 10_000),
          });
        });
      },
    );
    request.on('error', (error) =>
      failed(error.name === 'TimeoutError' || error.name === 'AbortError' ? 'timed out' : 'failed to connect to host'),
    );
    request.end(body);
  });
