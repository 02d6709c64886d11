import { connectionTo } from './connect.ts';
import type { Config } from './model/config.ts';
import { tagOf } from './model/errors.ts';
import type { Ports } from './ports.ts';
import { readerOf, writerOf, type Connection } from './provider-kit/connection.ts';
import { withRetries } from './provider-kit/retry.ts';

/** The credential of an account that its provider can renew, with clients of their own for each value that it has had. */
export interface AccountCredential {
  /** Makes another with the same rights, called `label` there, and gives its value. Errors as the provider's. */
  issue(label: string): Promise<string>;
  /** Fails when a value is no good for what runs read there. */
  verify(value: string): Promise<void>;
  /** Ends a value, or what bears the label where it was lost; the one in use must be another, and good. It being gone is success. */
  end(value: string, label: string | undefined): Promise<void>;
}

/** What was checked by `connect`: the account is there and its provider can renew this variable. The value in use is the vault's at each moment. */
export function accountCredential(account: string, variable: string, config: Config, ports: Ports): AccountCredential {
  const { clock, signal, vault } = ports;
  const retry = { delay: clock.delay, random: clock.random, signal };

  async function open() {
    const connection = await connectionTo(account, config, ports);
    const { renewal } = connection.provider;
    if (renewal?.variable !== variable) throw new Error(`${account} cannot renew ${variable}`);
    const having = (value: string): Connection => {
      const credentials = { ...connection.account.credentials, [variable]: value };
      return { ...connection, account: { ...connection.account, credentials } };
    };
    return { connection, renewal, having };
  }

  return {
    async issue(label) {
      const { connection, renewal } = await open();
      return renewal.issue(writerOf(connection), label);
    },

    async verify(value) {
      const { renewal, having } = await open();
      await withRetries(() => renewal.verify(readerOf(having(value))), retry);
    },

    async end(value, label) {
      // Somebody may have sealed what was issued: ending it would lock everybody out.
      if (value === vault.secret(variable) || (value === '' && label === undefined)) return;
      const { connection, renewal, having } = await open();
      const knock = (to: Connection) => withRetries(() => renewal.authenticate(readerOf(to)), retry);
      await knock(connection);
      if (value !== '') {
        const refused = await knock(having(value)).then(
          () => false,
          (error: unknown) => {
            if (tagOf(error) === 'credential') return true;
            throw error;
          },
        );
        // Refused where another is accepted: it was ended already.
        if (refused) return;
      }
      await renewal.revoke(writerOf(connection), {
        ...(label === undefined ? {} : { label }),
        ...(value === '' ? {} : { old: writerOf(having(value)) }),
      });
    },
  };
}
