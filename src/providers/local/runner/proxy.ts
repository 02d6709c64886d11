import { connect, createServer, type Server, type Socket } from 'node:net';
import { LOOPBACK } from './claim-port.ts';

/** How long a connection may wait for a process to be there; milliseconds. */
const HOLD = 10_000;
/** What the first bytes of an HTTP/1 request look like. */
const REQUEST_LINE = /^[A-Z]{3,20} \S{1,8000} HTTP\/1\.[01]\r\n/;

interface Link {
  client: Socket;
  upstream: Socket;
  port: number;
  /** What the client had sent, in bytes, when the process last answered. */
  answeredAt: number;
  /** Its process is on its way out. */
  moving: boolean;
}

/**
 * The public port of a service: hands each TCP connection to one of the processes in turn. While none is there,
 * connections wait. When the processes are exchanged, open connections stay with theirs until they end or, when they
 * speak HTTP/1 and begin another request, go on with a new one: so a client that keeps its connection notices nothing.
 */
export class Proxy {
  readonly server: Server;
  #ports: number[] = [];
  #next = 0;
  #links = new Set<Link>();
  #waiting = new Map<Socket, { first: Buffer | undefined; timer: NodeJS.Timeout }>();

  constructor() {
    this.server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      client.on('error', () => client.destroy());
      this.#dial(client, undefined, this.#ports.length);
    });
  }

  /** From now on, connections go to these ports. */
  use(ports: number[]): void {
    this.#ports = ports;
    for (const link of this.#links) if (!ports.includes(link.port)) this.#moveAtNextRequest(link);
    if (ports.length === 0) return;
    for (const [client, { first, timer }] of this.#waiting) {
      clearTimeout(timer);
      this.#waiting.delete(client);
      this.#dial(client, first, ports.length);
    }
  }

  /** Open connections to any of these ports. */
  connections(ports: number[]): number {
    return [...this.#links].filter((link) => ports.includes(link.port)).length;
  }

  close(): void {
    this.server.close();
    for (const { client, upstream } of this.#links) {
      client.destroy();
      upstream.destroy();
    }
    for (const [client, { timer }] of this.#waiting) {
      clearTimeout(timer);
      client.destroy();
    }
  }

  /** Connects to the next process; `first` is what has been read of the client already. */
  #dial(client: Socket, first: Buffer | undefined, tries: number): void {
    if (client.destroyed) return;
    const port = this.#ports[this.#next++ % this.#ports.length];
    if (port === undefined || tries === 0) return this.#hold(client, first);
    const upstream = connect({ host: LOOPBACK, port, allowHalfOpen: true, noDelay: true });
    const abandon = (): void => void upstream.destroy();
    client.once('close', abandon);
    const refused = (): void => {
      client.off('close', abandon);
      this.#dial(client, first, tries - 1);
    };
    upstream.once('error', refused);
    upstream.once('connect', () => {
      upstream.off('error', refused);
      client.off('close', abandon);
      if (first) upstream.write(first);
      this.#link({ client, upstream, port, answeredAt: -1, moving: false });
    });
  }

  #hold(client: Socket, first: Buffer | undefined): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(client);
      client.destroy();
    }, HOLD);
    this.#waiting.set(client, { first, timer });
  }

  #link(link: Link): void {
    const { client, upstream } = link;
    this.#links.add(link);
    const current = (): boolean => this.#links.has(link);
    client.once('close', () => {
      if (!current()) return;
      this.#links.delete(link);
      upstream.destroy();
    });
    upstream.once('close', () => {
      if (!current()) return;
      this.#links.delete(link);
      client.destroySoon();
    });
    upstream.on('error', () => upstream.destroy());
    upstream.on('data', () => {
      link.answeredAt = client.bytesRead;
    });
    client.pipe(upstream);
    upstream.pipe(client);
    if (!this.#ports.includes(link.port)) this.#moveAtNextRequest(link);
  }

  #moveAtNextRequest(link: Link): void {
    if (link.moving) return;
    link.moving = true;
    const { client, upstream } = link;
    client.unpipe(upstream);
    const onEnd = (): void => void upstream.end();
    const onData = (chunk: Buffer): void => {
      const answered = link.answeredAt === client.bytesRead - chunk.length;
      if (answered && this.#ports.length > 0 && REQUEST_LINE.test(chunk.toString('latin1', 0, 8_100))) {
        client.pause();
        client.off('data', onData);
        client.off('end', onEnd);
        this.#links.delete(link);
        upstream.unpipe(client);
        upstream.destroy();
        this.#dial(client, chunk, this.#ports.length);
      } else if (!upstream.write(chunk)) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    };
    if (client.readableEnded) return onEnd();
    client.on('data', onData);
    client.once('end', onEnd);
    client.resume();
  }
}
