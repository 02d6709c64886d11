import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fleets } from '../watch/fleets.ts';
import type { News, Told } from '../watch/news.ts';
import { refuse, SECURITY } from './answer.ts';
import type { Caller } from './callers.ts';

/** Streams at once, in all and of one caller. */
const STREAMS = 200;
const STREAMS_EACH = 5;
/** Milliseconds between signs of life; a connection that nobody reads is noticed by them. */
const SIGN_OF_LIFE = 15_000;
/** A stream ends after an hour, and the browser comes back by itself; milliseconds. */
const LONGEST = 3_600_000;
/** Who reads so slowly is let go: bytes, and happenings that wait. */
const MOST_UNREAD = 1024 * 1024;

interface Client {
  caller: string;
  response: ServerResponse;
  until: number;
  send(told: Told): void;
}

/** Server-Sent Events of what happens in the fleets that each caller may see at that moment. */
export class Streams {
  readonly #news: News;
  readonly #fleets: Fleets;
  readonly #clients = new Set<Client>();
  /** Of this process: ids of another one are not ours to go on from. */
  readonly #boot = randomBytes(6).toString('hex');
  readonly #timer: NodeJS.Timeout;

  constructor(news: News, fleets: Fleets) {
    this.#news = news;
    this.#fleets = fleets;
    this.#timer = setInterval(() => this.signOfLife(), SIGN_OF_LIFE);
    this.#timer.unref();
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Serves one client; `repository` (`owner/name`, lower case) leaves all others out. */
  open(request: IncomingMessage, response: ServerResponse, caller: Caller, repository: string | undefined): void {
    const own = [...this.#clients].filter((client) => client.caller === caller.key).length;
    if (own >= STREAMS_EACH) return refuse(response, 429, `no more than ${STREAMS_EACH} streams at once`, 60);
    if (this.#clients.size >= STREAMS) return refuse(response, 503, 'there are too many streams', 60);

    response.writeHead(200, { ...SECURITY, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    response.write('retry: 5000\n\n');
    let last: Promise<void> = Promise.resolve();
    const client: Client = {
      caller: caller.key,
      response,
      until: Date.now() + LONGEST,
      send: (told) => {
        // One after the other, because what a caller may see is asked at the moment of use.
        last = last.then(() => this.#write(client, told, caller)).catch(() => void response.end());
      },
    };
    const wanted = ({ happening }: Told): boolean =>
      repository === undefined || `${happening.owner}/${happening.repo}`.toLowerCase() === repository;
    const tell = (told: Told): void => {
      if (wanted(told)) client.send(told);
    };
    for (const told of this.#missed(request.headers['last-event-id'])) tell(told);
    const stop = this.#news.listen(tell);
    this.#clients.add(client);
    response.on('close', () => {
      stop();
      this.#clients.delete(client);
    });
  }

  /** A comment for everybody; those whose hour is over, or who do not read, are let go. */
  signOfLife(): void {
    for (const { response, until } of this.#clients)
      if (Date.now() > until) response.end();
      else if (response.writableLength > MOST_UNREAD) response.destroy();
      else response.write(': still here\n\n');
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { response } of this.#clients) response.end();
  }

  #missed(lastId: string | string[] | undefined): Told[] {
    const [boot, number] = String(lastId ?? '').split('-');
    return boot === this.#boot && /^\d{1,15}$/.test(number ?? '') ? this.#news.since(Number(number)) : [];
  }

  async #write({ response }: Client, { id, happening }: Told, caller: Caller): Promise<void> {
    const place = this.#fleets.find(happening.owner, happening.repo);
    if (!place || response.closed || (await caller.sees([place])).length === 0) return;
    if (response.writableLength > MOST_UNREAD) return void response.destroy();
    const data = JSON.stringify(happening);
    response.write(`id: ${this.#boot}-${id}\nevent: ${happening.kind}\ndata: ${data}\n\n`);
  }
}
