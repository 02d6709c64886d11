import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { CredentialError, TransientError, UnsupportedError, type FlotillaError } from '../../model/errors.ts';
import { baseEnvironment } from '../../provider-kit/base-environment.ts';
import type { EngineAddress } from './engine-address.ts';

/** How much of what `ssh` says is kept, in characters. */
const LAST_WORDS = 2_000;

/**
 * A connection to an engine on another machine: `ssh` runs `docker system dial-stdio` there, which joins its input and
 * output to the engine's socket. Keys, known hosts and jumps are the business of the user's `ssh` configuration.
 */
export function connectBySsh(engine: EngineAddress & { kind: 'ssh' }, env: Record<string, string>): Duplex {
  const { host, port, user } = engine;
  const child = spawn(
    'ssh',
    ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15'].concat(
      port === undefined ? [] : ['-p', String(port)],
      user === undefined ? [] : ['-l', user],
      ['--', host, 'docker', 'system', 'dial-stdio'],
    ),
    { env: { ...baseEnvironment(), ...env }, stdio: 'pipe' },
  );
  let said = '';
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(done),
    destroy(error, done) {
      child.kill();
      done(error);
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk}`.slice(-LAST_WORDS)));
  // A broken pipe is told by the end of the process, which knows why.
  child.stdin.on('error', () => undefined);
  child.once('error', () =>
    stream.destroy(new UnsupportedError('there is no ssh on this machine', { mend: 'install an OpenSSH client' })),
  );
  child.once('close', (code) => {
    if (code === 0 || stream.destroyed) stream.push(null);
    else stream.destroy(reasonOf(host, said.trim().split('\n').at(-1) ?? '', said));
  });
  return Object.assign(
    stream,
    asSocket((held) => hold(child, held)),
  );
}

/** What an agent asks of a connection that it keeps for the next call. */
function asSocket(hold: (held: boolean) => void) {
  return {
    setKeepAlive: () => undefined,
    setNoDelay: () => undefined,
    setTimeout: () => undefined,
    ref: () => hold(true),
    unref: () => hold(false),
  };
}

/** An idle connection must not keep this process going. */
function hold(child: ReturnType<typeof spawn>, held: boolean): void {
  for (const part of [child, child.stdin, child.stdout, child.stderr] as { ref?(): void; unref?(): void }[])
    if (held) part.ref?.();
    else part.unref?.();
}

function reasonOf(host: string, last: string, said: string): FlotillaError {
  const message = `ssh to ${host} ended: ${last || 'without a word'}`;
  if (/permission denied|host key verification failed|too many authentication/i.test(said))
    return new CredentialError(message, {
      mend: 'make `ssh` to that host work without a question: key and known_hosts',
    });
  if (/command not found|not a docker command|no such file/i.test(said))
    return new UnsupportedError(message, { mend: 'install Docker 18.09 or newer on that host' });
  return new TransientError(message);
}
