import {
  parseAddress,
  SECTION,
  type Address,
  type Config,
  type JsonObject,
  type Survey,
  type Surveyed,
} from '../../index.ts';
import { wordOf } from '../init/detect.ts';
import { addressOf } from '../open-fleet.ts';
import { UsageError } from '../usage-error.ts';

/** One thing that is to be adopted, and how it stands in the config. */
export interface Choice {
  address: Address;
  found: Surveyed;
  /** Whether the config has it already; then that stays as it is. */
  described: boolean;
  secrets: NeededSecret[];
}

export interface NeededSecret {
  secret: string;
  resource: Address;
  variable: string;
}

/** The address that something would get: its mark's, else by its name. */
export function suggestedAddress({ kind, name, owner }: Surveyed): Address {
  return owner?.address ?? `${kind}/${kind === 'domain' ? name : wordOf(name) || kind}`;
}

/** What `ID` and `ID=kind/name` on the command line mean. @throws UsageError for what is not there or could be several. */
export function choose(words: readonly string[], survey: Survey, config: Config | undefined, used: Set<string>) {
  return words.map((word): Choice => {
    const at = word.lastIndexOf('=');
    const [id, wanted] = at < 0 ? [word, undefined] : [word.slice(0, at), addressOf(word.slice(at + 1))];
    const kind = wanted && parseAddress(wanted)?.kind;
    const exact = survey.found.filter((one) => one.id === id);
    const named = survey.found.filter((one) => one.name === id);
    const fitting = (exact.length > 0 ? exact : named).filter((one) => kind === undefined || one.kind === kind);
    const [found, second] = fitting;
    if (!found)
      throw new UsageError(
        `there is no ${kind ?? 'resource'} "${id}" at ${survey.account}`,
        `flotilla import ${survey.account} lists what is there`,
      );
    if (second)
      throw new UsageError(
        `"${id}" could be ${fitting.map((one) => `${one.kind} ${one.id}`).join(' or ')}`,
        'write the id that is meant, with =kind/name behind it',
      );
    if (found.cannot !== undefined)
      throw new UsageError(`${found.name} cannot be imported: ${found.cannot}`, 'choose another');
    const address = wanted ?? suggestedAddress(found);
    const { kind: section, name } = parseAddress(address)!;
    const described = config !== undefined && Object.hasOwn(config.resources[section], name);
    return { address, described, ...(described ? { found, secrets: [] } : withSecrets(address, found, used)) };
  });
}

/** Secrets by names that nothing else in the config uses: two resources may have different values under one name. */
function withSecrets(resource: Address, found: Surveyed, used: Set<string>) {
  const { env, ...rest } = found.settings as { env?: Record<string, string> } & JsonObject;
  if (env === undefined) return { found, secrets: [] };
  const secrets: NeededSecret[] = [];
  const own = Object.entries(env).map(([variable, value]) => {
    const name = /^\$\{secret\.(\w+)\}$/.exec(value)?.[1];
    if (name === undefined) return [variable, value];
    let secret = name;
    const prefix = parseAddress(resource)!.name.toUpperCase().replace(/\W/g, '_');
    for (let count = 1; used.has(secret); count += 1) secret = `${prefix}_${name}${count > 1 ? `_${count}` : ''}`;
    used.add(secret);
    secrets.push({ secret, resource, variable });
    return [variable, `\${secret.${secret}}`];
  });
  return { found: { ...found, settings: { ...rest, env: Object.fromEntries(own) as JsonObject } }, secrets };
}

/** The section and name of an address in the file. */
export function spotOf(address: Address): { section: string; name: string } {
  const { kind, name } = parseAddress(address)!;
  return { section: SECTION[kind], name };
}
