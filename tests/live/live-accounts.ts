import type { Harness } from '../../src/provider-kit/conformance.ts';
import type { Account } from '../../src/provider-kit/provider.ts';

export interface LiveAccount {
  harness: Harness;
  account: Omit<Account, 'name' | 'signal'>;
}

export interface NotRun {
  type: string;
  because: string;
}

/**
 * The providers whose credentials the environment holds. `FLOTILLA_LIVE_OPTIONS` is a JSON object of options by
 * provider, e.g. `{ "fly": { "organization": "acme" } }`.
 */
export function liveAccounts(
  env: Record<string, string | undefined>,
  harnesses: readonly Harness[],
): { ready: LiveAccount[]; notRun: NotRun[] } {
  const options = JSON.parse(env['FLOTILLA_LIVE_OPTIONS'] || '{}') as Record<string, Account['options']>;
  const ready: LiveAccount[] = [];
  const notRun: NotRun[] = [];
  for (const harness of harnesses) {
    const { type, credentials } = harness.provider;
    const required = credentials.filter((credential) => credential.required);
    // Where none has to be, the first one says where the account is.
    const asked = required.length > 0 ? required : credentials.slice(0, 1);
    const missing = asked.filter(({ variable }) => !env[variable]).map(({ variable }) => variable);
    if (asked.length === 0) notRun.push({ type, because: 'it has no account' });
    else if (missing.length > 0) notRun.push({ type, because: `${missing.join(', ')} not set` });
    else {
      const values = credentials.flatMap(({ variable }) => (env[variable] ? [[variable, env[variable]]] : []));
      const delay = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
      const repository = env['GITHUB_REPOSITORY'];
      const account = {
        options: options[type] ?? {},
        credentials: Object.fromEntries(values),
        home: '',
        delay,
        ...(repository ? { repository } : {}),
      };
      ready.push({ harness, account });
    }
  }
  return { ready, notRun };
}
