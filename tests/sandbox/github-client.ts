import { createPrivateKey, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SandboxGitHub } from '../../src/sandbox/github/index.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // Tests look into answers freely: what their shapes are is the contract suite's business.
  // oxlint-disable-next-line no-explicit-any
  body: any;
}

/** Plain requests against a sandbox, with a token. */
export const client = (github: SandboxGitHub, token: string) => {
  const request = async (url: string, method: string, body?: unknown, headers?: Record<string, string>) => {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text } as Answer;
  };
  return {
    rest: (operation: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> => {
      const [method = 'GET', path = '/'] = operation.split(' ');
      return request(github.apiUrl + path, method, body, headers);
    },
    graphql: (query: string, variables: Record<string, unknown> = {}): Promise<Answer> =>
      request(github.graphqlUrl, 'POST', { query, variables }),
  };
};

export type Client = ReturnType<typeof client>;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An App's own token, as an App makes it. */
export const appJwt = (app: { id: number; privateKey: string }, claims: Record<string, unknown> = {}): string => {
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now - 30, exp: now + 500, iss: String(app.id), ...claims })}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), createPrivateKey(app.privateKey)).toString('base64url')}`;
};

export interface Hook {
  event: string;
  guid: string;
  body: { action?: string } & Record<string, unknown>;
}

/** A webhook receiver that remembers what came. */
export const receiveHooks = async (answer: () => number = () => 200) => {
  const hooks: Hook[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    hooks.push({
      event: String(request.headers['x-github-event']),
      guid: String(request.headers['x-github-delivery']),
      body: JSON.parse(text) as Hook['body'],
    });
    response.writeHead(answer());
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    hooks,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
};
