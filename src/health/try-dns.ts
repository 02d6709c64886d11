import { Resolver } from 'node:dns';
import type { DnsCheck } from '../model/watch.ts';
import { TooLate, withDeadline } from './deadline.ts';
import { problemLine, spanWords } from './problem.ts';
import type { Trying, Verdict } from './trying.ts';

/** Asks the name servers for a record. */
export async function tryDns({ name, type, expect }: DnsCheck, trying: Trying): Promise<Verdict> {
  const start = performance.now();
  const failed = (problem: string): Verdict => ({
    ok: false,
    milliseconds: null,
    problem: problemLine(`${type} of ${name}: ${problem}`),
  });
  try {
    const records = await withDeadline<unknown[]>(trying, (resolve, reject) => {
      const resolver = new Resolver({ timeout: trying.limit, tries: 1 });
      if (trying.network?.nameServers) resolver.setServers(trying.network.nameServers);
      resolver.resolve(name, type, (error, found) => (error ? reject(error) : resolve(found as unknown[])));
      return { stop: () => resolver.cancel() };
    });
    const milliseconds = Math.round(performance.now() - start);
    const found = records.map(spellings);
    const missing = expect.filter((wanted) => !found.some((one) => one.includes(plain(wanted))));
    if (missing.length === 0) return { ok: true, milliseconds };
    const answers = found.map(([first]) => first).join(', ') || 'nothing';
    return { ...failed(`expected ${missing.join(', ')}, found ${answers}`), milliseconds };
  } catch (error) {
    trying.signal.throwIfAborted();
    if (error instanceof TooLate) return failed(`no answer within ${spanWords(trying.limit)}`);
    const { code = '', message } = error as NodeJS.ErrnoException;
    return failed(WORDS[code] ?? message);
  }
}

const WORDS: Record<string, string> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'there is no such record',
  ESERVFAIL: 'its name server failed',
  EREFUSED: 'its name server refused to answer',
  ETIMEOUT: 'its name server did not answer in time',
  ECONNREFUSED: 'no name server could be reached',
  EBADNAME: 'this cannot be a name',
};

/** What a record may be called in the config: an exchange with or without its priority. */
function spellings(record: unknown): string[] {
  if (typeof record === 'string') return [plain(record)];
  if (Array.isArray(record)) return [plain(record.join(''))];
  const { priority, exchange } = record as { priority: number; exchange: string };
  return [plain(`${priority} ${exchange}`), plain(exchange)];
}

/** Names have no case and may end in a dot; addresses of IPv6 have many spellings. */
function plain(text: string): string {
  const small = text.toLowerCase().replace(/\.$/, '');
  return small.includes(':') && URL.canParse(`http://[${small}]`) ? new URL(`http://[${small}]`).hostname : small;
}
