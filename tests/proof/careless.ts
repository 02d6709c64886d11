/** Those who repeat what they should keep to themselves: providers, GitHub, programs, and a Flotilla with a bug. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { registry } from '../../src/providers/registry.gen.ts';
import type { Cloud } from '../../src/providers/sandbox/fake.ts';
import type { Provider } from '../../src/provider-kit/provider.ts';
import { canary } from './secrets.ts';

/** A value in every spelling that a mask promises to know. */
export const spelledOut = (value: string): string[] => [
  value,
  JSON.stringify({ value }),
  JSON.stringify(JSON.stringify(value)),
  encodeURIComponent(value),
  encodeURIComponent(value).replace(/%../g, (escape) => escape.toLowerCase()),
  new URLSearchParams({ value }).toString(),
  ...['', ':', 'ab'].map((before) => Buffer.from(`${before}${value}`).toString('base64')),
  Buffer.from(value).toString('base64url'),
  Buffer.from(value).toString('hex'),
];

/** Answers of the cloud as careless providers make them. Hidden, the values are short: one that is not is seen, although messages are cut. */
export function echo(cloud: Cloud, method: string, values: string[], status = 422): () => void {
  const said = values.flatMap(spelledOut).join(' ');
  return cloud.faults.add({
    match: (call) => call.method === method,
    act: {
      kind: 'status',
      status,
      headers: { 'x-echo': encodeURIComponent(said) },
      body: { message: `no: ${said}`, token: values },
    },
  });
}

/** An API that refuses everything, and says with which credentials it was asked. */
export async function carelessApi(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const given = String(request.headers.authorization ?? '');
    let body = '';
    request
      .on('data', (chunk: Buffer) => (body += chunk.toString()))
      .on('end', () => {
        asked.push(`${request.method} ${request.url} ${body}`);
        response.writeHead(401, { 'content-type': 'application/json', 'x-seen': given }).end(
          JSON.stringify({
            message: `not good: ${spelledOut(given.replace(/^\S+ /, '')).join(' ')}`,
            errors: [{ message: given }],
          }),
        );
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** Credentials of every provider, whichever the fleet uses. */
export async function credentials(): Promise<Record<string, string>> {
  const providers = await Promise.all(Object.values(registry).map((load) => load() as Promise<Provider>));
  const variables = providers.flatMap((provider) => provider.credentials.map(({ variable }) => variable));
  return Object.fromEntries(variables.map((name) => [name, `${canary(name)}-${name.length}`]));
}

/**
 * A module that makes Flotilla fail where nobody foresaw it, with words that show what it knows: those in the file
 * `CRASH_WORDS`; the one beside it, `.how`, says in which way. `throw`: where a request is sent; `reject`, `later`: beside it, where nobody waits; `signal`: on SIGUSR2.
 */
export const CRASH = `import http from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { CRASH_WORDS } = process.env;
const mode = CRASH_WORDS + '.how';
const CRASH = existsSync(mode) ? readFileSync(mode, 'utf8') : '';
const bug = () => Object.assign(new Error('unforeseen ' + readFileSync(CRASH_WORDS, 'utf8')), { request: { headers: readFileSync(CRASH_WORDS, 'utf8') } });
const { request } = http;
if (CRASH === 'signal') process.on('SIGUSR2', () => void Promise.reject(bug()));
else if (CRASH)
  http.request = (...words) => {
    if (CRASH === 'throw') throw bug();
    if (CRASH === 'reject') void Promise.reject(bug());
    else setImmediate(() => { throw bug(); });
    return request(...words);
  };
syncBuiltinESMExports();
`;
