import type { Assignment } from '../model/graph.ts';
import type { Notice } from '../model/plan.ts';
import type { Denial, Money } from '../model/policy.ts';
import type { Question } from './question.ts';
import type { rulesFor } from './rules-for.ts';

/** What the policy says of where things run: providers, regions, plans and their price. It holds whoever asks. */
export function judgePlaces(
  { placement, accounts, position }: Pick<Question, 'placement' | 'accounts' | 'position'>,
  find: ReturnType<typeof rulesFor>,
): { denials: Denial[]; warnings: Notice[]; rules: string[] } {
  const denials: Denial[] = [];
  const warnings: Notice[] = [];
  const rules: string[] = [];
  const places = Object.entries(placement).flatMap(([resource, assignments]) =>
    assignments.map((assignment) => ({ resource, ...assignment })),
  );
  const used = [...new Set(places.map(({ provider }) => provider))].toSorted();

  /** One denial a rule, with the first few that break it. */
  const only = (
    key: 'providers' | 'regions' | 'plans',
    wrong: (place: Assignment, allowed: string[]) => string | undefined,
    mend: string,
  ) => {
    const found = find((all) => all[key], key);
    if (!found) return;
    rules.push(found.path);
    const broken = [
      ...new Set(
        places.flatMap((place) => {
          const what = wrong(place, found.value);
          return what === undefined ? [] : [key === 'regions' ? `${place.resource} ${what}` : what];
        }),
      ),
    ];
    if (broken.length === 0) return;
    const more = broken.length > SHOWN ? ` and ${broken.length - SHOWN} more` : '';
    denials.push({
      rule: found.path,
      position: position(found.path),
      message: `${broken.slice(0, SHOWN).join('; ')}${more}; allowed: ${found.value.join(', ') || 'none'}`,
      mend,
    });
  };

  only(
    'providers',
    ({ provider }, allowed) => {
      const type = accounts[provider]?.type ?? provider;
      return allowed.includes(type) ? undefined : `${provider} is an account of ${type}`;
    },
    'say with place.on where resources may run',
  );
  only(
    'regions',
    ({ provider, region }, allowed) => {
      if (region === undefined) return `goes to ${provider} without saying in which region`;
      return allowed.includes(region) ? undefined : `goes to region ${region}`;
    },
    'say with place.region where resources run',
  );
  only(
    'plans',
    ({ provider }, allowed) => {
      const { plan = 'free' } = accounts[provider] ?? {};
      return allowed.includes(plan) ? undefined : `${provider} is on plan ${plan}`;
    },
    'use accounts on these plans',
  );

  const spending = find((all) => all.spending, 'spending');
  if (!spending) return { denials, warnings, rules };
  const { path, value } = spending;
  const { month, prices } = value;
  rules.push(path);
  let total = 0;
  for (const account of used) {
    const { plan = 'free', isFreeKnown = false } = accounts[account] ?? {};
    const price = Object.hasOwn(prices, account) ? prices[account] : undefined;
    total += price?.amount ?? 0;
    if (price || (plan === 'free' && isFreeKnown)) continue;
    const say = `say it under ${path}.prices.${account}`;
    if (plan === 'free')
      warnings.push({
        message: `what ${account} costs is not known, and counts as nothing for ${path}: ${say}`,
        position: position(path),
      });
    else
      denials.push({
        rule: path,
        position: position(path),
        message: `what plan ${plan} of ${account} costs is not known, and at most ${words(month)} a month may be spent`,
        mend: say,
      });
  }
  // Prices have cents; sums of them have not more.
  total = Math.round(total * 100) / 100;
  if (total > month.amount)
    denials.push({
      rule: path,
      position: position(path),
      message: `the accounts in use cost ${words({ ...month, amount: total })} a month, and at most ${words(month)} may be spent`,
      mend: 'use fewer or cheaper accounts, or raise the ceiling on the default branch',
    });
  return { denials, warnings, rules };
}

const SHOWN = 5;

const words = ({ amount, currency }: Money): string => `${amount} ${currency}`;
