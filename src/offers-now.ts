import type { Config } from './model/config.ts';
import { CredentialError, failureOf } from './model/errors.ts';
import type { Offer, Quota, Usage } from './model/offer.ts';
import type { Notice } from './model/plan.ts';
import { offers } from './connect.ts';
import { readerOf, type Connection, type Connections } from './provider-kit/connection.ts';

type Told = { usage: Usage[] } | { warning: string };

/**
 * What the accounts offer to placement, with the limits and the use that their providers tell right now, all asked at once.
 * One that cannot say is a warning: then what is known of its plan counts. Where the record stands in for the providers nobody is asked.
 */
export async function offersNow(
  connections: Connections,
  config: Config,
  basis: 'live' | 'recorded',
): Promise<{ offers: Offer[]; warnings: Notice[] }> {
  const warnings: Notice[] = [];
  const told = await Promise.all(
    [...connections.values()].map((connection) => (basis === 'live' ? ask(connection) : { usage: [] })),
  );
  const found = offers(connections, config).map((offer, index) => {
    const answer = told[index] as Told;
    if ('usage' in answer) return withUsage(offer, answer.usage, config);
    const position = config.position(`providers.${offer.account}`);
    warnings.push({ message: `${offer.account}: its limits are not those of now: ${answer.warning}`, position });
    return offer;
  });
  return { offers: found, warnings };
}

async function ask(connection: Connection): Promise<Told> {
  try {
    return { usage: (await connection.provider.usage?.(readerOf(connection))) ?? [] };
  } catch (error) {
    // A credential that is missing or refused is told where the account is needed.
    return error instanceof CredentialError ? { usage: [] } : { warning: failureOf(error).message };
  }
}

/** What the provider tells goes before what is known of its plan; what the config says before both. */
function withUsage(offer: Offer, usage: readonly Usage[], { providers }: Config): Offer {
  if (usage.length === 0) return offer;
  const own = providers[offer.account]?.limits ?? {};
  const quotas: Quota[] = [...(offer.quotas ?? [])];
  for (const { measure, kinds, used, amount } of usage) {
    const known = quotas.findIndex((quota) => !quota.each && quota.measure === measure && sameKinds(quota, { kinds }));
    const now = used === undefined ? {} : { used };
    const stays = Object.hasOwn(own, measure) || amount === undefined;
    if (known >= 0) {
      const quota = quotas[known] as Quota;
      quotas[known] = { ...quota, ...now, ...(stays ? {} : { amount, source: 'provider' as const }) };
    } else if (!stays) quotas.push({ measure, amount, ...(kinds ? { kinds } : {}), ...now, source: 'provider' });
  }
  return { ...offer, quotas };
}

const sameKinds = (a: Pick<Quota, 'kinds'>, b: { kinds: Quota['kinds'] | undefined }): boolean =>
  String(a.kinds?.toSorted()) === String(b.kinds?.toSorted());
