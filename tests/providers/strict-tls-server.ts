import { execFileSync, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/**
 * Port of a server that says why it refuses a certificate, as engines do and Node's own does not. `cwd` holds ca.pem, cert.pem
 * and key.pem.
 */
export async function strictServer(cwd: string): Promise<number> {
  const words =
    '-accept 127.0.0.1:0 -tls1_3 -Verify 1 -verify_return_error -CAfile ca.pem -cert cert.pem -key key.pem'.split(' ');
  const server = spawn('openssl', ['s_server', ...words], { cwd });
  onTestFinished(() => void server.kill());
  let said = '';
  for await (const chunk of server.stdout) {
    said += String(chunk);
    const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`openssl does not listen: ${said}`);
}
