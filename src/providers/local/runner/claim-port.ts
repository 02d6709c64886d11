import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** A port that is free now and that no other runner will pick until it is released. */
export interface PortClaim {
  port: number;
  /** May be called again. */
  release(): void;
}

export const LOOPBACK = '127.0.0.1';

/**
 * Picks a port for a process that will listen on it a little later. Between picking and listening the TCP port is
 * nobody's, so runners claim it among themselves by holding the UDP port of the same number, which the kernel gives
 * back when a runner dies.
 */
export async function claimPort(): Promise<PortClaim> {
  for (;;) {
    const server = createServer();
    const port = await listen(server, 0);
    const claim = await bindUdp(port);
    server.close();
    await once(server, 'close');
    let held = claim;
    if (claim)
      return {
        port,
        release() {
          held?.close();
          held = undefined;
        },
      };
  }
}

/** Whether nobody listens on it. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port);
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}

/** Listens on the first of the ports that is free, else on one that the system chooses; returns which. */
export async function listenOnOneOf(server: Server, wanted: (number | null | undefined)[]): Promise<number> {
  for (const port of wanted) {
    if (!port) continue;
    const taken = await listen(server, port).then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return true;
        throw error;
      },
    );
    if (!taken) return port;
  }
  for (;;) {
    const port = await listen(server, 0);
    const claim = await bindUdp(port);
    claim?.close();
    if (claim) return port;
    server.close();
    await once(server, 'close');
  }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen({ port, host: LOOPBACK });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function bindUdp(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ port, address: LOOPBACK, exclusive: true });
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return undefined;
  }
}
