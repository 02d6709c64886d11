import { closest, KINDS, providers, type Kind, type Provider } from '../../index.ts';
import type { Look } from '../../index.ts';
import { hasCredential } from '../github-token.ts';
import type { Run } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export const run: Run = async ({ args: [wanted], env, console }) => {
  if (wanted !== undefined && !providers.types.includes(wanted)) {
    const near = closest(wanted, providers.types);
    throw new UsageError(
      `this release has no provider "${wanted}"`,
      `${near ? `did you mean ${near}? ` : ''}It has ${providers.types.join(', ')}`,
    );
  }
  const types = wanted === undefined ? providers.types : [wanted];
  const listed = (await Promise.all(types.map(providers.load))).map((provider) => describe(provider, env));
  return {
    exit: 0,
    document: { providers: listed },
    text: `${listed.map((one) => lines(one, console.look).join('\n')).join('\n\n')}\n`,
  };
};

type Described = ReturnType<typeof describe>;

/** A provider as data. Of credentials only whether they are set. */
function describe(provider: Provider, env: NodeJS.ProcessEnv) {
  const { type, title, about, kinds, handlers, credentials, options, limits } = provider;
  return {
    type,
    title,
    about,
    kinds: Object.fromEntries(
      KINDS.map((kind) => [kind, kinds[kind] ?? { supported: false as const, because: 'it does not offer this' }]),
    ) as Record<Kind, NonNullable<(typeof kinds)[Kind]>>,
    /** What `flotilla import` adopts. */
    imports: Object.fromEntries(
      KINDS.flatMap((kind) => {
        const { adopt, noImport: because = '' } = handlers[kind] ?? {};
        if (!handlers[kind]) return [];
        return [[kind, adopt ? { supported: true as const } : { supported: false as const, because }]];
      }),
    ) as Partial<Record<Kind, { supported: true } | { supported: false; because: string }>>,
    credentials: credentials.map((credential) => ({ ...credential, set: hasCredential(env, credential.variable) })),
    options: Object.entries(options).map(([name, option]) => ({ name, about: option.about })),
    limits: limits ?? [],
  };
}

const row = (mark: string, name: string, text: string): string => `  ${mark} ${name.padEnd(12)} ${text}`;

function lines(described: Described, { colours }: Look): string[] {
  const { type, title, about, kinds, imports, credentials, options, limits } = described;
  const { bold, dim, green, red, yellow } = colours;
  const adopted = KINDS.filter((kind) => imports[kind]?.supported);
  // Several kinds may have one reason.
  const refused = new Set(Object.values(imports).flatMap((one) => (one.supported ? [] : [one.because])));
  return [
    `${bold(type)}  ${title}: ${about}`,
    ...KINDS.map((kind) => {
      const capability = kinds[kind];
      if (!capability.supported) return row(dim('–'), kind, dim(`no: ${capability.because}`));
      return row(green('✓'), kind, capability.regions ? `yes, in ${capability.regions.join(', ')}` : 'yes');
    }),
    ...(adopted.length > 0 ? [row(green('✓'), 'import', adopted.join(', '))] : []),
    ...[...refused].map((because) => row(dim('–'), 'import', dim(`no: ${because}`))),
    ...(credentials.length === 0 ? [row(green('✓'), 'credentials', 'none needed')] : []),
    ...credentials.map(({ variable, about: what, required, set }) => {
      const mark = set ? green('✓') : required ? red('✗') : yellow('·');
      return `  ${mark} ${variable} ${set ? 'is set' : required ? 'is not set' : 'is not set, and need not be'}: ${what}`;
    }),
    ...options.map(({ name, about: what }) => `  ${dim('·')} option ${name}: ${what}`),
    ...limits.map(
      ({ what, amount, unit, per, source, date, confidence }) =>
        `  ${dim('·')} limit: ${what}, ${amount.toLocaleString('en-US')} ${unit} ${per === 'once' ? 'once' : `per ${per}`} ${dim(`(${confidence} on ${date}: ${source})`)}`,
    ),
  ];
}
