import { UnsupportedError } from '../../model/errors.ts';
import type { CredentialRenewal } from '../../provider-kit/provider.ts';
import type { KoyebReader, KoyebWriter } from './api.ts';

/** Tokens are credentials of the organization, found by their name alone: what a person made, nobody can tell from the others. */
export const renewal: CredentialRenewal<KoyebReader, KoyebWriter> = {
  variable: 'KOYEB_TOKEN',

  async issue(koyeb, label) {
    await removeNamed(koyeb, label);
    return koyeb.createCredential(label, await koyeb.organization());
  },

  authenticate: async (koyeb) => void (await koyeb.organization()),

  verify: async (koyeb) => void (await koyeb.apps()),

  async revoke(koyeb, { label, old }) {
    const wasNamed = label !== undefined && (await removeNamed(koyeb, label));
    if (old && !wasNamed)
      throw new UnsupportedError('Koyeb does not tell which of its API tokens the old one is', {
        mend: 'end it by hand: Settings, API in the control panel; the next run sees that it is gone',
      });
  },
};

/** Whether there was any. */
async function removeNamed(koyeb: KoyebWriter, label: string): Promise<boolean> {
  const named = await koyeb.credentialsNamed(label);
  for (const { id } of named) await koyeb.removeCredential(id);
  return named.length > 0;
}
