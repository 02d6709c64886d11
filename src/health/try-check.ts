import type { Check, HeartbeatCheck } from '../model/watch.ts';
import { tryDns } from './try-dns.ts';
import { tryHttp } from './try-http.ts';
import { tryTcp } from './try-tcp.ts';
import type { Trying, Verdict } from './trying.ts';

export type AskedCheck = Exclude<Check, HeartbeatCheck>;

/** Asks once. Never throws for what was found: that is the verdict; throws the signal's reason when that ends it. */
export function tryCheck(check: AskedCheck, trying: Trying): Promise<Verdict> {
  switch (check.kind) {
    case 'http':
      return tryHttp(check, trying);
    case 'tcp':
      return tryTcp(check, trying);
    case 'dns':
      return tryDns(check, trying);
  }
}
