import type { Capability } from '../model/offer.ts';
import { KINDS } from '../model/resource.ts';
import { registry } from './registry.gen.ts';

/** Which provider holds which kind, as a markdown table with the reasons for each "no" folded below it. */
export async function capabilityTable(): Promise<string> {
  const providers = await Promise.all(Object.values(registry).map((load) => load()));
  const rows = providers.map(({ type, title, about, kinds }) => {
    const cells = KINDS.map((kind) => mark(kinds[kind]));
    return `| [${title}](src/providers/${type}/README.md) | ${cells.join(' | ')} | ${about} |`;
  });
  const reasons = providers.flatMap(({ title, kinds }) =>
    KINDS.flatMap((kind) => {
      const capability = kinds[kind];
      return capability?.supported === false ? [`- ${title}, ${kind}: ${capability.because}.`] : [];
    }),
  );
  const head = [`| provider | ${KINDS.join(' | ')} | |`, `|---|${KINDS.map(() => ':-:|').join('')}---|`];
  const renewing = providers.flatMap(({ title, renewal }) => (renewal ? [`${title} (\`${renewal.variable}\`)`] : []));
  const renewed = [
    '',
    `Credentials that the provider itself renews (\`issue: { provider: … }\`): ${renewing.join(', ')}.`,
  ];
  // The empty lines make it markdown inside of HTML.
  const folded = [
    '',
    '<details>',
    '<summary>Why not: each “–”, with its reason</summary>',
    '',
    ...reasons,
    '',
    '</details>',
  ];
  return [...head, ...rows, ...renewed, ...(reasons.length > 0 ? folded : [])].join('\n');
}

function mark(capability: Capability | undefined): string {
  if (!capability?.supported) return '–';
  return capability.regions ? capability.regions.join(', ') : 'yes';
}
