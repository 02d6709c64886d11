import { readConfig, SECTION, tagOf, type ConfigError, type Json, type JsonObject, type Kind } from '../../../index.ts';
import type { Converted, Leftover, Placed } from './converted.ts';
import { configOf, type Config } from './config-text.ts';
import { dropReferences } from './references.ts';

/** Kinds that an account of this type holds, each with its regions or why not; undefined when this release does not know the type. */
export type Offer = (
  type: string,
) => Promise<
  Partial<Record<Kind, { supported: true; regions?: string[] } | { supported: false; because: string }>> | undefined
>;

export interface Fitted {
  config: Config;
  leftovers: Leftover[];
}

/**
 * One valid config of what the files were converted to. What the config would refuse is taken out and named, until it
 * refuses nothing.
 */
export async function fit(
  fleet: string,
  parts: { file: string; converted: Converted }[],
  offer: Offer,
): Promise<Fitted> {
  const leftovers = parts.flatMap(({ converted }) => converted.leftovers);
  const providers: Record<string, JsonObject> = {};
  for (const { file, converted } of parts)
    for (const [name, options] of Object.entries(converted.providers)) {
      if (await offer(name)) providers[name] = options;
      else
        leftovers.push({
          file,
          path: '',
          why: `this release has no provider "${name}": name others under providers:, or it runs on this machine`,
        });
    }
  const several = Object.keys(providers).length > 1;
  const drafts = unique(parts);
  for (const draft of drafts) {
    const own = parts.find(({ file }) => file === draft.file)?.converted.providers ?? {};
    const account = Object.keys(own).find((name) => providers[name]);
    const why = await settle(draft, account, several, offer);
    if (why) leftovers.push({ file: draft.file, path: draft.from, why });
  }
  leftovers.push(...dropReferences(drafts), ...drafts.flatMap(dropPrototypes));
  const config = configOf(fleet, providers, drafts);
  leftovers.push(...(await dropRefused(config, drafts)));
  return { config, leftovers };
}

/** Drafts of all files; a name that is taken gets a number, in the file's own references too. */
function unique(parts: { file: string; converted: Converted }[]): Placed[] {
  const taken = new Set<string>();
  return parts.flatMap(({ file, converted }) => {
    const renamed = new Map<string, string>();
    const drafts = converted.resources.map((draft): Placed => {
      let { name } = draft;
      for (let number = 2; taken.has(`${draft.kind}.${name}`); number++) name = `${draft.name}-${number}`;
      taken.add(`${draft.kind}.${name}`);
      if (name !== draft.name && !renamed.has(`${draft.kind}.${draft.name}`))
        renamed.set(`${draft.kind}.${draft.name}`, `${draft.kind}.${name}`);
      return { ...draft, name, file };
    });
    if (renamed.size === 0) return drafts;
    const rename = (text: string) =>
      text.replace(/(\$?\$\{)([a-z]+\.[\w-]+)(?=\.)/g, (whole, start: string, old: string) =>
        start === '${' ? `${start}${renamed.get(old) ?? old}` : whole,
      );
    return drafts.map((draft) => ({ ...draft, body: deep(draft.body, rename) as JsonObject }));
  });
}

function deep(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => deep(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deep(item, change)]));
}

/** A config has no key of this name at all; other names that it refuses are found when it is read. */
function dropPrototypes({ body, file, from }: Placed): Leftover[] {
  const leftovers: Leftover[] = [];
  const visit = (value: Json): void => {
    if (value === null || typeof value !== 'object') return;
    if (Object.hasOwn(value, '__proto__')) {
      delete (value as Record<string, unknown>)['__proto__'];
      leftovers.push({ file, path: from, why: '__proto__ cannot be a name' });
    }
    Object.values(value).forEach(visit);
  };
  visit(body);
  return leftovers;
}

/** Where it goes; tells what of that its account does not have. */
async function settle(
  draft: Placed,
  account: string | undefined,
  several: boolean,
  offer: Offer,
): Promise<string | undefined> {
  const { region, ...rest } = (draft.body['place'] ?? {}) as JsonObject;
  const offered = (await offer(account ?? 'local'))?.[draft.kind];
  const where = account ?? 'this machine';
  const known = offered?.supported === true ? offered.regions : undefined;
  const keeps = region !== undefined && account !== undefined && (known?.includes(String(region)) ?? false);
  const place = {
    ...(several && account !== undefined && offered?.supported ? { on: [account] } : {}),
    ...rest,
    ...(keeps ? { region } : {}),
  } as JsonObject;
  if (Object.keys(place).length > 0) draft.body['place'] = place;
  else delete draft.body['place'];
  if (!offered?.supported) {
    const because = offered ? `: ${offered.because}` : '';
    return `${draft.kind}/${draft.name} is written, and ${where} holds no ${draft.kind}${because}. Name a provider that does under providers:`;
  }
  if (region === undefined || keeps) return undefined;
  return `the region ${String(region)} is none of those that ${where} offers here${known ? `: ${known.join(', ')}` : ''}`;
}

/** Takes out what the config refuses, until it refuses nothing: every round takes out something. */
async function dropRefused(config: Config, drafts: readonly Placed[]): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  for (;;) {
    try {
      await readConfig(new Map([['flotilla.yml', config.text()]]));
      return leftovers;
    } catch (error) {
      if (tagOf(error) !== 'config') throw error;
      for (const { path, message, hint } of (error as ConfigError).problems) {
        const removed = config.remove(path);
        if (removed === undefined) throw error;
        const draft = drafts.find(({ kind, name }) => removed.section === SECTION[kind] && removed.name === name);
        const what = removed.inner === '' ? '' : `${removed.inner}: `;
        leftovers.push({
          file: draft?.file ?? '',
          path: draft?.from ?? removed.section,
          why: `${what}${message}${hint ? ` (${hint})` : ''}`,
        });
      }
      config.compact();
    }
  }
}
