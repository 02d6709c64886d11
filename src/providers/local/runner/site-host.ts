import { createServer } from 'node:http';
import { releaseFolder } from '../layout.ts';
import type { SiteRelease } from '../release.ts';
import { listenOnOneOf } from './claim-port.ts';
import { type Host, StartFailure } from './host.ts';
import type { RotatingLog } from './rotating-log.ts';
import { type Answer, siteFiles } from './site-files.ts';

/** Serves a site: one release at a time, exchanged between two requests. */
export class SiteHost implements Host<SiteRelease> {
  #folder: string;
  #log: RotatingLog;
  #current: { hash: string; answer: Answer } | undefined;
  #server = createServer((request, response) => {
    if (this.#current) this.#current.answer(request, response);
    else response.writeHead(503, { 'Retry-After': '1' }).end();
  });

  constructor(folder: string, log: RotatingLog) {
    this.#folder = folder;
    this.#log = log;
  }

  open(wanted: (number | null | undefined)[]): Promise<number> {
    return listenOnOneOf(this.#server, wanted);
  }

  async resume(release: SiteRelease): Promise<void> {
    await this.apply(release).catch((error: Error) => this.#log.write('flotilla', error.message));
  }

  async apply(release: SiteRelease): Promise<void> {
    if (this.#current?.hash === release.hash) return;
    try {
      this.#current = { hash: release.hash, answer: siteFiles(releaseFolder(this.#folder, release.hash), release) };
    } catch (error) {
      const { message } = error as Error;
      throw new StartFailure(message, [message], this.#current !== undefined);
    }
    this.#log.write('flotilla', `release ${release.hash} is served`);
  }

  status(): { phase: 'live' | 'failed'; hash: string | null; replicas: [] } {
    return { phase: this.#current ? 'live' : 'failed', hash: this.#current?.hash ?? null, replicas: [] };
  }

  processes(): [] {
    return [];
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
