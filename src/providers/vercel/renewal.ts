import type { CredentialRenewal } from '../../provider-kit/provider.ts';
import type { VercelReader, VercelWriter } from './api.ts';

/** A token ends itself; one whose value was lost is found by its name. */
export const renewal: CredentialRenewal<VercelReader, VercelWriter> = {
  variable: 'VERCEL_TOKEN',

  async issue(vercel, label) {
    const own = await vercel.ownToken();
    await removeNamed(vercel, label, own.id);
    const scopes = own.scopes ?? [];
    const [team, ...others] = scopes.flatMap(({ type, teamId }) => (type === 'team' && teamId ? [teamId] : []));
    // What is of one team only is not to be of all that its user may do.
    const isOfTeam = others.length === 0 && !scopes.some(({ type }) => type === 'user');
    return vercel.createToken(label, isOfTeam ? team : undefined);
  },

  authenticate: async (vercel) => void (await vercel.ownToken()),

  verify: async (vercel) => void (await vercel.projects()),

  async revoke(vercel, { label, old }) {
    if (old) await old.removeOwnToken();
    else if (label !== undefined) await removeNamed(vercel, label, (await vercel.ownToken()).id);
  },
};

async function removeNamed(vercel: VercelWriter, label: string, own: string): Promise<void> {
  for (const { id, name } of await vercel.tokens()) if (name === label && id !== own) await vercel.removeToken(id);
}
