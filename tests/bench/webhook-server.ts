/** A server for webhooks in a process of its own: a bare Probot App, or ours. Prints its URL, ends when its input does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNodeMiddleware, Probot } from 'probot';
import { readSettings, type Credentials } from '../../app/settings.ts';
import { startApp } from '../../app/start-app.ts';

const settings = readSettings(process.env);
const credentials = settings.credentials as Credentials;

if (process.argv[2] === 'bare') {
  const { appId, privateKey, webhookSecret: secret } = credentials;
  const probot = new Probot({ appId, privateKey, secret, baseUrl: settings.apiUrl, logLevel: settings.logLevel });
  const middleware = await createNodeMiddleware((app) => app.on('pull_request', async () => {}), { probot });
  const server = createServer((request, response) => void middleware(request, response));
  await new Promise<void>((resolve) => server.listen(0, settings.host, resolve));
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
} else {
  const app = await startApp({ ...settings, credentials }, { version: '0.0.0', sweeps: false });
  console.log(app.url);
}
process.stdin.resume().on('end', () => process.exit(0));
