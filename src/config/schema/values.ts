import * as z from 'zod/mini';
import { listOf, mapOf } from './words.ts';

/** The small values that all kinds share. The `error` of each is what was expected, in plain words. */

/** Text that fits `pattern`; `expected` is shown when it does not. */
export function text(pattern: RegExp, longest: number, expected: string): z.ZodMiniString<string> {
  return z
    .string({ error: expected })
    .check(z.maxLength(longest, { error: `at most ${longest} characters` }), z.regex(pattern, { error: expected }));
}

export function wholeNumber(least: number, most: number): z.ZodMiniNumberFormat {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).check(z.gte(least, { error }), z.lte(most, { error }));
}

export function oneOf<const T extends readonly string[]>(...names: T): z.ZodMiniEnum<z.core.util.ToEnum<T[number]>> {
  return z.enum(names, { error: `one of: ${names.join(', ')}` });
}

export const flag = z.boolean({ error: 'true or false' });

// `constructor` would be found on every object by a careless look-up somewhere; no resource needs that name.
const NAME = /^(?!constructor$)[a-z]([a-z0-9-]*[a-z0-9])?$/;
const NAME_WORDS = 'a name of lower-case letters, digits and dashes that starts with a letter';
export const resourceName = text(NAME, 40, NAME_WORDS);
export const shortName = text(NAME, 32, NAME_WORDS);
export const environmentName = text(
  /^(?!constructor$|preview-\d+$)[a-z]([a-z0-9-]*[a-z0-9])?$/,
  32,
  `${NAME_WORDS}, and is not preview-<number>, which is kept for pull requests`,
);

export const domainName = text(
  /^(?=.{4,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
  253,
  'a domain name in lower case such as www.example.com',
);

/** A branch name that git takes; `git check-ref-format` in one pattern. */
export const branchName = text(
  /^(?![/.-])(?!.*(\.\.|\/\/|\/\.|@\{|\.lock(\/|$)))[^\s~^:?*[\\\p{Cc}\p{Cf}]*[^\s~^:?*[\\./\p{Cc}\p{Cf}]$/u,
  200,
  'a branch name such as main',
);

const PATH_WORDS = 'a path inside the repository such as services/api, without .. and without a leading slash';
const PATH = /^(?![/~])(?![A-Za-z]:)(?!(.*\/)?\.\.(\/|$))[^\\\p{Cc}\p{Cf}]+$/u;

/** A path inside the repository, cleaned: no `./`, no doubled or trailing slash; the root is `.`. */
export const repositoryPath = z.pipe(
  text(PATH, 500, PATH_WORDS),
  z.transform(
    (path: string) =>
      path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/') || '.',
  ),
);

export const urlPath = text(/^\/[^\s\p{Cc}\p{Cf}]*$/u, 1000, 'a path that starts with a slash such as /healthz');

// A line of shell or of prose: anything but invisible control characters (tab and line breaks are fine).
export const line = text(/^([^\p{Cs}\p{Cc}]|[\t\n\r])+$/u, 8000, 'text that is not empty');

/** A command: a list of words, or one line for the shell. Comes out as the list. */
export const command = z.pipe(
  z.union(
    [
      line,
      listOf('a list of words', z.string({ error: 'text' }), 200).check(z.minLength(1, { error: 'at least one word' })),
    ],
    {
      error: 'a command: one line such as "npm start", or a list such as ["node", "server.js"]',
    },
  ),
  z.transform((value: string | string[]) => (typeof value === 'string' ? ['sh', '-c', value] : value)),
);

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

const secondsOf = (value: string): number => Number(value.slice(0, -1)) * SECONDS[value.at(-1) as keyof typeof SECONDS];

/** A duration such as `30s`, `5m`, `2h`, `3d`; comes out as seconds. */
export const duration = z.pipe(
  text(/^[1-9][0-9]{0,5}[smhdw]$/, 12, 'a duration such as 30s, 5m, 2h or 3d'),
  z.transform(secondsOf),
);

/** A duration of at most `most` seconds that may be `0s`; comes out as seconds. */
export const durationUpTo = (
  most: number,
  expected: string,
): z.ZodMiniPipe<z.ZodMiniString<string>, z.ZodMiniTransform<number, string>> =>
  z.pipe(
    text(/^(0|[1-9][0-9]{0,5})[smhdw]$/, 12, expected).check(
      z.refine((value) => secondsOf(value) <= most, { error: expected }),
    ),
    z.transform(secondsOf),
  );

const BYTES: Record<string, number> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A size such as `512MB` (powers of 1000) or `512MiB` (powers of 1024); comes out as bytes. */
export const size = z.pipe(
  text(/^[0-9]{1,6}(\.[0-9]{1,3})?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/, 16, 'a size such as 512MB, 512MiB or 1.5GB'),
  z.transform((value: string) => {
    const [, number = '0', unit = 'MB'] = /^([0-9.]+)(.*)$/.exec(value) ?? [];
    return Math.round(Number(number) * (BYTES[unit] as number));
  }),
);

/** A percentage, `10` or `10%`; comes out as the number. */
export const percentage = z.pipe(
  z.union([wholeNumber(1, 100), text(/^([1-9][0-9]?|100)%$/, 4, 'a percentage')], {
    error: 'a percentage from 1 to 100',
  }),
  z.transform((value: number | string) => Number.parseInt(String(value), 10)),
);

/** Text, or a number or boolean that is meant as text (its spelling in the file is kept, see `verbatim.ts`). */
export const textLike = (
  longest: number,
): z.ZodMiniPipe<
  z.ZodMiniUnion<readonly [z.ZodMiniString<string>, z.ZodMiniNumber<number>, z.ZodMiniBoolean<boolean>]>,
  z.ZodMiniTransform<string, string | number | boolean>
> =>
  z.pipe(
    z.union(
      [
        z
          .string()
          .check(
            z.maxLength(longest, { error: `at most ${longest} characters` }),
            z.regex(/^([^\p{Cc}]|[\t\n\r])*$/u, { error: 'text without control characters' }),
          ),
        z.number(),
        z.boolean(),
      ],
      { error: 'text, a number, or true or false' },
    ),
    z.transform((value: string | number | boolean) => String(value)),
  );

export const environmentVariables = mapOf(
  'a map of names to values such as LOG_LEVEL: info',
  text(/^[A-Za-z_][A-Za-z0-9_]*$/, 200, 'a variable name of letters, digits and underscores such as LOG_LEVEL'),
  textLike(65_536),
);

export const domainList = listOf('a list of domain names such as [www.example.com]', domainName, 100);

/** What a provider's own options may hold: any JSON. YAML has numbers that JSON has not. */
export const jsonValue = z.unknown().check(z.refine(isJson, { error: 'a number that is finite' }));

function isJson(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return typeof value !== 'number' || Number.isFinite(value);
  return Object.values(value).every(isJson);
}
