import type { X509Certificate } from 'node:crypto';
import { endOf, hostsOf, type Register } from './register.ts';

/** What people and health runs need to know of one certificate. */
export interface CertificateFacts {
  /** `authority`, `client`, or the name of a node; `earlier-authority` while one is being replaced. */
  name: string;
  kind: 'authority' | 'client' | 'node';
  /** Hexadecimal. */
  serial: string;
  /** ISO 8601, whole seconds. */
  until: string;
  /** Whole days, below zero when it has ended. */
  daysLeft: number;
  /** `ending`: in less than `SOON` days. */
  state: 'good' | 'ending' | 'ended';
  hosts: string[];
  /** The command that replaces it, or ends it. */
  mend: string;
}

/** In days: later than this a certificate should have been replaced. */
export const SOON = 14;

/** One for each certificate that somebody has to replace in time; a bridge lasts as long as what it is needed for. */
export function factsOf({ authorities, client, nodes }: Register, now: Date): CertificateFacts[] {
  return [
    ...authorities.map((one, index) => facts(index === 0 ? 'authority' : 'earlier-authority', 'authority', one, now)),
    facts('client', 'client', client, now),
    ...[...nodes].map(([name, one]) => facts(name, 'node', one, now)),
  ];
}

function facts(name: string, kind: CertificateFacts['kind'], one: X509Certificate, now: Date): CertificateFacts {
  const until = endOf(one);
  const left = (Date.parse(until) - now.getTime()) / (24 * 3600_000);
  return {
    name,
    kind,
    serial: one.serialNumber.toLowerCase(),
    until,
    daysLeft: Math.floor(left),
    state: left < 0 ? 'ended' : left < SOON ? 'ending' : 'good',
    hosts: hostsOf(one),
    mend: `flotilla certificate rotate ${name === 'earlier-authority' ? 'authority --finish' : name}`,
  };
}
