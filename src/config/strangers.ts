import { suggester } from '../model/closest.ts';
import type { Config, ResourceConfig } from '../model/config.ts';
import type { Problem } from '../model/errors.ts';
import { address, KINDS, SECTION, type Address } from '../model/resource.ts';
import { accountOf } from '../model/secret-config.ts';
import { pathText, type Path } from './locate.ts';
import { newProblems, overlayFirst } from './overlay.ts';
import type { Place } from './problems-of.ts';
import { quote } from './quote.ts';

/** Names of accounts, resources and environments that the config refers to and does not have, where nothing later would miss them. */
export function strangers(data: Omit<Config, 'position'>, place: Place): Problem[] {
  const accounts = namesOf('account', Object.keys(data.providers));
  const addresses = new Set<Address>();
  const problems: Problem[] = [];
  const visit = (resources: Partial<Record<string, Record<string, ResourceConfig | null>>>, at: Place) => {
    const found = KINDS.flatMap((kind) =>
      Object.entries(resources[kind] ?? {}).flatMap(([name, resource]) => {
        if (resource) addresses.add(address(kind, name));
        const to = resource?.failover?.to ?? 'auto';
        return to === 'auto' ? [] : accounts(to, [SECTION[kind], name, 'failover', 'to'], at);
      }),
    );
    problems.push(...newProblems(found, problems));
  };
  visit(data.resources, place);
  for (const [environment, { overlay }] of Object.entries(data.environments))
    visit(overlay, overlayFirst(place, ['environments', environment]));

  const windows = namesOf('resource', addresses);
  const missing = data.maintenance.map(({ resources }, index) =>
    windows(resources, ['maintenance', index, 'resources'], place),
  );
  const issuers = Object.entries(data.secrets).flatMap(([name, { issue }]) => {
    const account = issue && accountOf(issue);
    return account === undefined ? [] : accounts([account], ['secrets', name, 'issue', 'provider'], place);
  });
  return [...problems, ...missing.flat(), ...issuers, ...unruled(data, place)];
}

/** A rule for an environment that is not there protects nothing: most likely a slip of the pen. */
function unruled({ policy = {}, environments }: Omit<Config, 'position'>, place: Place): Problem[] {
  const names = Object.keys(environments);
  const suggest = suggester(names);
  return Object.keys(policy).flatMap((name) => {
    if (name === '*' || names.includes(name)) return [];
    const at = place(['policy', name], 'key');
    const near = suggest(name);
    const hint = near ? `did you mean ${quote(near)}?` : `there are: ${names.join(', ')}`;
    return [
      { position: at.position, path: pathText(at.path), message: `there is no environment ${quote(name)}`, hint },
    ];
  });
}

/** A longer list helps nobody. */
const MOST_NAMED = 10;

/** Finds the names of a list that are not among those that there are. */
function namesOf(what: 'account' | 'resource', names: Iterable<string>) {
  const known = new Set(names);
  const suggest = suggester(known);
  const all =
    known.size > 0 && known.size <= MOST_NAMED
      ? `there are: ${[...known].join(', ')}`
      : `name ${what === 'account' ? 'an account' : 'a resource'} of this file`;
  return (list: string[], path: Path, place: Place): Problem[] =>
    list.flatMap((name, index) => {
      if (known.has(name)) return [];
      const at = place([...path, index], 'value');
      const near = suggest(name);
      const hint = near ? `did you mean ${quote(near)}?` : all;
      return [{ position: at.position, path: pathText(at.path), message: `there is no ${what} ${quote(name)}`, hint }];
    });
}
