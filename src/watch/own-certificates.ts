import { factsOf, type CertificateFacts } from '../certificates/certificate-facts.ts';
import { parseRegister } from '../certificates/register.ts';
import type { OwnCertificate } from '../health/other-incidents.ts';
import type { Config } from '../model/config.ts';
import { failureOf } from '../model/errors.ts';
import { environmentsOf } from '../trigger.ts';

interface Asking {
  environment: string;
  config: Config;
  /** Of the register; empty where there is none, undefined where it was not read. */
  text: string | undefined;
  now: Date;
}

/**
 * The certificates of the fleet's own authority that health runs of an environment watch. They are for all environments, so one
 * tells of them: `production`, else the first. Undefined where nothing is known of them; why is then among the `notes`.
 */
export function ownCertificates(
  { environment, config, text, now }: Asking,
  notes: string[],
): OwnCertificate[] | undefined {
  if (text === undefined || environment !== environmentsOf(config, { kind: 'asked', environment: undefined }, null)[0])
    return undefined;
  if (text === '') return [];
  try {
    const facts = factsOf(parseRegister(text), now);
    return facts.map(({ name, kind, until, mend }) => ({ name, of: WHOSE[kind](name), expires: until, mend }));
  } catch (error) {
    notes.push(`certificates are not watched: ${failureOf(error).message}`);
    return undefined;
  }
}

const WHOSE: Record<CertificateFacts['kind'], (name: string) => string> = {
  authority: (name) => `the fleet’s ${name.replace('-', ' ')}`,
  client: () => 'the fleet’s client',
  node: (name) => `node ${name}`,
};
