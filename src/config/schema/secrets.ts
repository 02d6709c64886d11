import * as z from 'zod/mini';
import type { SecretConfig } from '../../model/secret-config.ts';
import { OWN_VARIABLE, referencesIn } from '../../model/template.ts';
import { compact } from './resource.ts';
import { command, duration, durationUpTo, text } from './values.ts';
import { key, map, mapOf, rule } from './words.ts';

/** As environment variables are called, but not as those of Flotilla itself. */
const NAME = text(
  /^(?!FLOTILLA_)(?!sops$)(?!.*_unencrypted$)[A-Za-z_][A-Za-z0-9_]{0,127}$/,
  128,
  'a name such as STRIPE_KEY, as for environment variables, without FLOTILLA_ in front',
);

const DAY = 86_400;
/** Seconds that an old value stays good where the config does not say. */
const GRACE = 300;

/** A command that prints the new value; the one word `random` is none. */
const issue = z.pipe(
  command,
  z.transform((words: string[]): 'random' | string[] => (words.join(' ') === 'sh -c random' ? 'random' : words)),
);

const secret = map('a map such as { rotate: 30d }', {
  rotate: key(
    duration,
    'How old its value may become. With issue, it is replaced then; without, the plan and health runs say that it is overdue.',
    { examples: ['30d'] },
  ),
  issue: key(
    issue,
    'How a new value is made: random, or a command that prints it. A resource that uses the secret is deployed with the new value, and then the old one is revoked.',
    { examples: ['random', ['node', 'ops/new-key.mjs']] },
  ),
  verify: key(command, 'With issue: a command that fails when the new value, on its standard input, is no good.', {
    examples: [['node', 'ops/try-key.mjs']],
  }),
  revoke: key(command, 'With issue: a command that ends the old value, on its standard input.', {
    examples: [['node', 'ops/end-key.mjs']],
  }),
  grace: key(
    durationUpTo(DAY, 'a duration from 0s to 1d such as 5m'),
    'With revoke: how long the old value stays good once nothing runs with it.',
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
