import type { ServiceRelease } from '../release.ts';
import { Replica } from './replica.ts';
import type { RotatingLog } from './rotating-log.ts';
import type { Timers } from './timers.ts';

/** What processes may take to end after TERM, and connections to end before that; milliseconds. */
export const GRACE = 5_000;
/** How many lines a failed start hands back. */
const TAIL = 50;

export interface GenerationOptions {
  release: ServiceRelease;
  folder: string;
  log: RotatingLog;
  timers: Timers;
  persistent: boolean;
  onChange(): void;
}

/** The processes of one release. */
export class Generation {
  readonly release: ServiceRelease;
  readonly replicas: Replica[];
  /** The newest lines that its processes printed. */
  readonly tail: string[] = [];

  constructor({ release, folder, log, timers, persistent, onChange }: GenerationOptions) {
    this.release = release;
    this.replicas = Array.from(
      { length: release.replicas },
      (_, index) =>
        new Replica({
          number: index + 1,
          folder,
          release,
          timers,
          persistent,
          grace: GRACE,
          onLine: (line) => {
            this.tail.push(line);
            if (this.tail.length > TAIL) this.tail.shift();
            log.write(String(index + 1), line);
          },
          onNote: (message) => log.write('flotilla', message),
          onChange: () => onChange(),
        }),
    );
  }

  get live(): Replica[] {
    return this.replicas.filter((replica) => replica.state === 'live');
  }

  get ports(): number[] {
    return this.live.flatMap((replica) => replica.port ?? []);
  }

  /** Resolves when all are healthy for the first time, rejects as soon as one failed. */
  async started(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.first));
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop()));
  }
}
