import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';
import { certificateSecrets } from '../../src/certificates/certificate-secrets.ts';
import type { Changed, Held } from '../../src/certificates/change-register.ts';
import { connect } from '../../src/providers/docker/api.ts';
import { startFakeEngine } from '../../src/providers/docker/fake.ts';
import { strictServer } from '../providers/strict-tls-server.ts';

/** What a node was given: whom it believes, what it shows, and its key. */
export interface NodeFiles {
  ca: string;
  cert: string;
  key: string;
}

export function filesOf({ register, issued }: Changed, name = 'box'): NodeFiles {
  return {
    ca: String(register.authorities[0]),
    cert: String(register.nodes.get(name)),
    key: issued.get(name) as string,
  };
}

/** An engine behind mutual TLS, as dockerd is with --tlsverify: `tcp://127.0.0.1:<port>`, and which protocols it spoke. */
export async function startEngine(
  files: NodeFiles,
  options: TlsOptions = {},
): Promise<{ engine: string; spoken: string[] }> {
  const fake = await startFakeEngine({});
  const spoken: string[] = [];
  const server = createServer({ ...files, requestCert: true, rejectUnauthorized: true, ...options }, (socket) => {
    spoken.push(String(socket.getProtocol()));
    const inside = connectTcp(Number(new URL(fake.url).port), '127.0.0.1');
    for (const end of [socket, inside]) end.on('error', () => undefined);
    socket.pipe(inside).pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    server.close();
    await fake.stop();
  });
  return { engine: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, spoken };
}

/** One that says why it refuses, as Go's TLS does; it does not answer those that it lets in. */
export async function startStrictEngine({ ca, cert, key }: NodeFiles): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-certificates-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries({ ca, cert, key })) writeFileSync(join(folder, `${name}.pem`), text);
  return `tcp://127.0.0.1:${await strictServer(folder)}`;
}

/** What the docker provider finds there with the fleet's sealed certificates: its containers, or the error. */
export async function ask(engine: string, held: Held | undefined): Promise<unknown> {
  const credentials = held ? Object.fromEntries(certificateSecrets(held)) : {};
  const signal = AbortSignal.timeout(20_000);
  const account = { name: 'box', options: { engine }, credentials, home: '', signal, delay: async () => undefined };
  try {
    return await (await connect(account).reader.read()).containers();
  } catch (error) {
    return error;
  }
}
