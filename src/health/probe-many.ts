import { Agent as HttpAgent } from 'node:http';
import type { ProbeTarget, Sample } from '../model/health.ts';
import { createLookup } from './lookup.ts';
import { probe, type AskedTarget, type Prober } from './probe.ts';
import type { Agents } from './trying.ts';
import { createTurns } from './turns.ts';

/** Tries under way at once, in all and to one host. */
const AT_ONCE = 64;
const AT_ONCE_A_HOST = 4;

/**
 * Asks all targets; samples in the order of the targets. Heartbeats are not asked, and have none. No target can make
 * another fail: those of one host wait for each other before their time is counted, and what failed is asked again
 * while others have their turn. Throws the signal's reason when that ends it.
 */
export async function probeMany(targets: readonly ProbeTarget[], prober: Prober): Promise<Sample[]> {
  const turns = createTurns(AT_ONCE, AT_ONCE_A_HOST);
  // A kept connection is not looked at again: one that leads to a private address is not for those who may not ask such.
  const agents = { private: await keptConnections(), public: await keptConnections() };
  const own = { ...prober, network: { lookup: createLookup(prober.network?.nameServers), ...prober.network } };
  try {
    return await Promise.all(
      targets.filter(isAsked).map((target) => {
        const host = hostOf(target);
        return probe(target, own, (work) => turns(host, work), agents[target.private ? 'private' : 'public']);
      }),
    );
  } finally {
    for (const { http, https } of Object.values(agents)) [http, https].forEach((agent) => agent.destroy());
  }
}

async function keptConnections(): Promise<Agents> {
  // Loaded by health runs alone: it takes longer than a plan.
  const { Agent: HttpsAgent } = await import('node:https');
  return {
    http: new HttpAgent({ keepAlive: true }),
    // A session that is taken up again brings no certificate with it.
    https: new HttpsAgent({ keepAlive: true, maxCachedSessions: 0 }),
  };
}

function isAsked(target: ProbeTarget): target is AskedTarget {
  return target.check.kind !== 'heartbeat';
}

function hostOf({ check }: AskedTarget): string {
  if (check.kind === 'http') return /^\w+:\/\/([^/?#]*)/.exec(check.url)?.[1] ?? '';
  return check.kind === 'tcp' ? check.host : check.name;
}
