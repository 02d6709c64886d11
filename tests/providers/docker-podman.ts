import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A real engine: Podman as a Docker API server, with a store of its own in a temporary folder. */
export interface Podman {
  /** `unix:///…/engine.sock` */
  engine: string;
  stop(): Promise<void>;
}

/** A program that needs nothing beside it, so that an image from scratch can run it. */
export const BUSYBOX = '/bin/busybox';

/** Why a real engine cannot be started here; undefined when it can. */
export function whyNoEngine(): string | undefined {
  if (process.getuid?.() !== 0) return 'starting Podman as an engine needs root';
  const missing = ['podman', 'runc'].filter((command) => !isThere(command));
  if (missing.length > 0) return `${missing.join(' and ')} is not installed`;
  if (!existsSync(BUSYBOX) || readFileSync(BUSYBOX).includes('/ld-linux'))
    return 'there is no static busybox for an image from scratch';
  return undefined;
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false));
    connection.once('connect', () => connection.destroy());
  });
}

/** Settings that hold where there is no systemd, no cgroup delegation and few open files. */
const SETTINGS = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`;

export async function startPodman(): Promise<Podman> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-podman-'));
  writeFileSync(join(folder, 'containers.conf'), SETTINGS);
  mkdirSync(join(folder, 'tmp'));
  const env = {
    ...process.env,
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    BUILDAH_ISOLATION: 'chroot',
    TMPDIR: join(folder, 'tmp'),
  };
  const store = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  const socket = join(folder, 'engine.sock');
  const server = spawn('podman', [...store, 'system', 'service', '--time', '0', `unix://${socket}`], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.on('data', (chunk) => (said += String(chunk)));
  while (!(await answers(socket))) {
    if (server.exitCode !== null) throw new Error(`podman did not start: ${said}`);
    await wait(10);
  }
  return {
    engine: `unix://${socket}`,
    async stop() {
      execFileSync('podman', [...store, 'rm', '--all', '--force', '--time', '0'], { env, stdio: 'ignore' });
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
