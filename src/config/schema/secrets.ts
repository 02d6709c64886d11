import * as z from 'zod/mini';
import type { IssueConfig, SecretConfig } from '../../model/secret-config.ts';
import { OWN_VARIABLE, referencesIn } from '../../model/template.ts';
import { compact } from './resource.ts';
import { command, duration, durationUpTo, shortName, text } from './values.ts';
import { about, key, map, mapOf, rule } from './words.ts';

/** As environment variables are called, but not as those of Flotilla itself. */
const NAME = text(
  /^(?!FLOTILLA_)(?!sops$)(?!.*_unencrypted$)[A-Za-z_][A-Za-z0-9_]{0,127}$/,
  128,
  'a name such as STRIPE_KEY, as for environment variables, without FLOTILLA_ in front',
);

const DAY = 86_400;
/** Seconds that an old value stays good where the config does not say. */
const GRACE = 300;

/** A command that prints the new value, of which the one word `random` is none, or the account whose own credential it is. */
const issue = z.pipe(
  z.union(
    [command, map('a map such as { provider: render }', { provider: about(shortName, 'An account under providers.') })],
    { error: 'random, a command that prints the new value, or a map such as { provider: render }' },
  ),
  z.transform((given: string[] | { provider: string }): IssueConfig['by'] => {
    if (!Array.isArray(given)) return { account: given.provider };
    return given.join(' ') === 'sh -c random' ? 'random' : given;
  }),
);

const secret = map('a map such as { rotate: 30d }', {
  rotate: key(
    duration,
    'How old its value may become. With issue, it is replaced then; without, the plan and health runs say that it is overdue.',
    { examples: ['30d'] },
  ),
  issue: key(
    issue,
    'How a new value is made: random, a command that prints it, or, for the credential of an account itself, that account: its provider makes another, and ends the old one when the run is over. A resource that uses the secret is deployed with the new value, and then the old one is revoked.',
    { examples: ['random', ['node', 'ops/new-key.mjs'], { provider: 'vercel' }] },
  ),
  verify: key(command, 'With issue: a command that fails when the new value, on its standard input, is no good.', {
    examples: [['node', 'ops/try-key.mjs']],
  }),
  revoke: key(command, 'With issue: a command that ends the old value, on its standard input.', {
    examples: [['node', 'ops/end-key.mjs']],
  }),
  grace: key(
    durationUpTo(DAY, 'a duration from 0s to 1d such as 5m'),
    'With revoke, or a provider: how long the old value stays good once nothing runs with it.',
    { default: '5m' },
  ),
  env: key(
    mapOf('a map of variables', text(/^[A-Za-z_][A-Za-z0-9_]*$/, 128, 'the name of a variable'), z.string()),
    'With issue: what its commands are given, such as the credential that may issue keys.',
    { examples: [{ ADMIN_KEY: '${secret.STRIPE_ADMIN_KEY}' }] },
  ),
}).check(
  rule(({ issue: by, rotate, ...others }) => {
    const idle = (['verify', 'revoke', 'grace', 'env'] as const).find((name) => others[name] !== undefined);
    if (by === undefined && idle !== undefined)
      return { path: [idle], found: `"${idle}" is of a secret that the fleet issues`, expected: 'issue beside it' };
    if (by === undefined && rotate === undefined)
      return { path: [], found: 'nothing is said of the secret', expected: 'rotate, issue, or both' };
    const own = (['verify', 'revoke', 'env'] as const).find((name) => others[name] !== undefined);
    if (typeof by === 'object' && 'account' in by && own !== undefined)
      return { path: [own], found: `"${own}" is of a command`, expected: 'nothing: the provider sees to that' };
    const wrong = Object.entries(others.env ?? {}).find(([, value]) =>
      referencesIn(value).some((reference) => reference.type !== 'secret' || OWN_VARIABLE.test(reference.name)),
    );
    return (
      wrong && {
        path: ['env', wrong[0]],
        found: `"${wrong[0]}" refers to something else than a secret of yours`,
        expected: 'text, in which ${secret.NAME} may stand',
      }
    );
  }),
);

export const secrets = key(
  mapOf('a map of secrets by name', NAME, secret),
  'Secrets whose age is looked after, and those that the fleet issues itself.',
  {
    examples: [
      { STRIPE_KEY: { rotate: '30d', issue: ['node', 'ops/new-key.mjs'], revoke: ['node', 'ops/end-key.mjs'] } },
    ],
  },
);

/** In the units of the model. */
export function secretsOf(given: z.output<typeof secrets>): Record<string, SecretConfig> {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, { rotate, issue, verify, revoke, grace = GRACE, env = {} }]) => [
      name,
      compact({
        rotateSeconds: rotate,
        issue: issue && compact({ by: issue, verify, revoke, graceSeconds: grace, env }),
      }),
    ]),
  );
}
