import { UnsupportedError } from '../../model/errors.ts';
import type { CredentialRenewal } from '../../provider-kit/provider.ts';
import type { HerokuReader, HerokuWriter } from './api.ts';

/** Tokens are authorizations: found by the token that Heroku shows with them, or, where it does not, by the description that we gave. */
export const renewal: CredentialRenewal<HerokuReader, HerokuWriter> = {
  variable: 'HEROKU_API_KEY',

  async issue(heroku, label) {
    const own = await heroku.ownAuthorization();
    await removeNamed(heroku, label, own?.id);
    return heroku.authorize(label, own?.scope ?? ['global']);
  },

  authenticate: (heroku) => heroku.requestsLeft(),

  verify: async (heroku) => void (await heroku.apps()),

  async revoke(heroku, { label, old }) {
    const shown = await old?.ownAuthorization();
    if (shown) return heroku.removeAuthorization(shown.id);
    const own = await heroku.ownAuthorization();
    const wasNamed = label !== undefined && (await removeNamed(heroku, label, own?.id));
    if (old && !wasNamed)
      throw new UnsupportedError('Heroku does not tell which of its authorizations the old token is', {
        mend: 'end it by hand: heroku authorizations, heroku authorizations:revoke; the next run sees that it is gone',
      });
  },
};

/** Whether there was any. */
async function removeNamed(heroku: HerokuWriter, label: string, own: string | undefined): Promise<boolean> {
  const named = (await heroku.authorizations()).filter(({ id, description }) => description === label && id !== own);
  for (const { id } of named) await heroku.removeAuthorization(id);
  return named.length > 0;
}
