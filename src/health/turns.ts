/** Gives work its turn: at most `most` at once in all, and `mostOfOne` of one host; first come, first served. */
export function createTurns(most: number, mostOfOne: number) {
  const hosts = new Map<string, Host>();
  const ready: (() => void)[] = [];
  let [running, first] = [0, 0];

  const begin = (start: () => void): void => {
    if (running >= most) ready.push(start);
    else {
      running += 1;
      start();
    }
  };

  /** A place is handed on without being free in between. */
  const end = (host: Host): void => {
    const next = host.waiting.shift();
    if (next) ready.push(next);
    else host.running -= 1;
    const start = ready[first];
    if (start) {
      first += 1;
      start();
    } else {
      running -= 1;
      ready.length = first = 0;
    }
  };

  return <T>(name: string, work: () => Promise<T>): Promise<T> => {
    let host = hosts.get(name);
    if (!host) hosts.set(name, (host = { running: 0, waiting: [] }));
    const own = host;
    return new Promise((resolve, reject) => {
      const start = (): void => {
        work().then(
          (value) => {
            end(own);
            resolve(value);
          },
          (error: unknown) => {
            end(own);
            reject(error as Error);
          },
        );
      };
      if (own.running >= mostOfOne) own.waiting.push(start);
      else {
        own.running += 1;
        begin(start);
      }
    });
  };
}

interface Host {
  running: number;
  waiting: (() => void)[];
}
