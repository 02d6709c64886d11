import { lookup as systemLookup, promises } from 'node:dns';
import type { Lookup } from './reachable.ts';

type Found = { address: string; family: number }[];

/** How long name servers are waited for, and how often they are asked. */
const ASKING = { timeout: 4_000, tries: 2 };

/**
 * A lookup for one run over many hosts. The system's own has four threads for all: a few names whose servers are silent
 * would hold up all others, and be taken for outages of them. So name servers are asked directly, all at once, and the
 * system only for what they do not know: names of this machine and its network. What was found is kept for the run.
 */
export function createLookup(nameServers?: string[]): Lookup {
  const known = new Map<string, Promise<Found>>();
  return (hostname, options, done) => {
    // Some names are only ever known here: nobody else is asked for them.
    if (!hostname.includes('.') || hostname.endsWith('.localhost')) return systemLookup(hostname, options, done);
    let finding = known.get(hostname);
    if (!finding) {
      known.set(hostname, (finding = askServers(hostname, nameServers)));
      finding.catch(() => known.delete(hostname));
    }
    finding.then(
      (found) => done(null, found),
      (error: NodeJS.ErrnoException) => {
        if (UNKNOWN.has(error.code ?? '')) systemLookup(hostname, options, done);
        else done(error, []);
      },
    );
  };
}

/** There is no such name, or no server to ask. */
const UNKNOWN: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

/** Addresses of both families; fails only where neither has any. */
async function askServers(hostname: string, nameServers?: string[]): Promise<Found> {
  const resolver = new promises.Resolver(ASKING);
  if (nameServers) resolver.setServers(nameServers);
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const found = [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (found.length > 0) return found;
  throw four.status === 'rejected' ? four.reason : (six as PromiseRejectedResult).reason;
}
