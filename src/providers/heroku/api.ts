import { z } from 'zod';
import { ConflictError, UnsupportedError } from '../../model/errors.ts';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, everyPage, path, statusOf, type Parse } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';
import { Addon, App, Authorization, Build, Dyno, Formation, LogSession, Release, Source, Vars } from './answers.ts';

/** Heroku's Platform API, typed: one function a call. */

export const OFFICIAL = 'https://api.heroku.com';

export type ConfigVars = Record<string, string>;

export interface HerokuReader {
  /** Every app that the token sees. */
  apps(): Promise<App[]>;
  /** `taken`: the name is somebody else's. Names are global to all of Heroku. */
  app(name: string): Promise<App | 'taken' | undefined>;
  vars(app: string): Promise<ConfigVars>;
  /** As a release was made with; undefined when it is no longer known. */
  varsOf(app: string, release: string): Promise<ConfigVars | undefined>;
  /** The newest ones, newest first. */
  releases(app: string): Promise<Release[]>;
  release(app: string, id: string): Promise<Release>;
  /** In order of creation. */
  builds(app: string): Promise<Build[]>;
  build(app: string, id: string): Promise<Build>;
  formation(app: string): Promise<Formation[]>;
  /** What is attached, and which config vars each sets, which nobody else may. */
  addons(app: string): Promise<{ name: string; variables: string[] }[]>;
  dynos(app: string): Promise<Dyno[]>;
  /** Asked with any token that is good. */
  requestsLeft(): Promise<void>;
  /** The tokens of its user. */
  authorizations(): Promise<Authorization[]>;
  /** The one that asks; undefined where Heroku does not tell which it is. */
  ownAuthorization(): Promise<Authorization | undefined>;
}

export interface HerokuWriter extends HerokuReader {
  /** `mask`: values that no message may repeat. */
  createApp(app: { name: string; region: string; stack?: string }, mask: string[]): Promise<App>;
  changeStack(app: string, stack: string): Promise<void>;
  /** Merges; null takes one away. Makes a release by itself, and restarts what runs. Answers all that there are then. */
  changeVars(app: string, changes: Record<string, string | null>): Promise<ConfigVars>;
  scale(app: string, update: { type: string; quantity: number; dyno_size?: string }): Promise<void>;
  /** Builds and, when that succeeded, releases an archive. */
  startBuild(app: string, archive: Uint8Array<ArrayBuffer>, checksum: string, version: string): Promise<Build>;
  cancelBuild(app: string, id: string): Promise<void>;
  /** Code and config vars of an earlier release, as a new one. */
  rollback(app: string, release: string): Promise<Release>;
  removeApp(app: string): Promise<boolean>;
  /** The newest lines of what a build printed. */
  output(build: Build, lines: number): Promise<string[]>;
  /** The newest lines of what the dynos printed. */
  log(app: string, lines: number): Promise<string[]>;
  /** The value of another token, which does not expire. */
  authorize(description: string, scope: readonly string[]): Promise<string>;
  removeAuthorization(id: string): Promise<void>;
  delay: Account['delay'];
}

const VERSION_3 = 'application/vnd.heroku+json; version=3';
const LIST = 'id ..; max=1000';

const Authorized = z.object({ access_token: z.object({ token: z.string().min(1) }) });
const asApp: Parse<App> = (value) => App.parse(value);
const asBuild: Parse<Build> = (value) => Build.parse(value);
const asRelease: Parse<Release> = (value) => Release.parse(value);
const asReleases: Parse<Release[]> = (value) => z.array(Release).parse(value);
const asLogAddress: Parse<string> = (value) => LogSession.parse(value).logplex_url;
const asVars = (value: unknown): ConfigVars =>
  Object.fromEntries(Object.entries(Vars.parse(value)).flatMap(([name, text]) => (text == null ? [] : [[name, text]])));

export function connect(account: Account): { reader: HerokuReader; writer: HerokuWriter } {
  const token = account.credentials['HEROKU_API_KEY'] ?? '';
  const shared = {
    name: account.name,
    signal: account.signal,
    credentialMend: 'set HEROKU_API_KEY to a token that may change this app: heroku authorizations:create',
    mask: account.mask && ((text: string) => account.mask!(text)),
  };
  const http = createHttp({
    ...shared,
    baseUrl: endpointOf(account, OFFICIAL),
    headers: { accept: VERSION_3, authorization: `Bearer ${token}` },
  });

  /** Pages are ranges: each answer names the next one in a header. */
  const every = <T extends z.ZodType>(at: string, item: T) =>
    everyPage((range) =>
      http.reader.get(at, {
        headers: { range: range ?? LIST },
        parse: (value, { headers }) => ({ items: z.array(item).parse(value), next: headers.get('next-range') }),
      }),
    );

  const reader: HerokuReader = {
    apps: () => every('/apps', App),
    async app(name) {
      try {
        return await http.reader.find(path`/apps/${name}`, { parse: asApp });
      } catch (error) {
        // 403 is also how Heroku says that the name is somebody else's: the token is fine if it may list its own.
        if (statusOf(error) !== 403) throw error;
        if ((await reader.apps()).some((own) => own.name === name)) throw error;
        return 'taken';
      }
    },
    vars: (app) => http.reader.get(path`/apps/${app}/config-vars`, { parse: asVars }),
    varsOf: (app, release) => http.reader.find(path`/apps/${app}/releases/${release}/config-vars`, { parse: asVars }),
    releases: async (app) => {
      const newest = await http.reader.get(path`/apps/${app}/releases`, {
        headers: { range: 'version ..; order=desc,max=20' },
        parse: asReleases,
      });
      return newest.toSorted((a, b) => b.version - a.version);
    },
    release: (app, id) => http.reader.get(path`/apps/${app}/releases/${id}`, { parse: asRelease }),
    builds: async (app) => {
      const builds = await every(path`/apps/${app}/builds`, Build);
      return builds.toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1));
    },
    build: (app, id) => http.reader.get(path`/apps/${app}/builds/${id}`, { parse: asBuild }),
    formation: (app) => every(path`/apps/${app}/formation`, Formation),
    addons: async (app) =>
      (await every(path`/apps/${app}/addons`, Addon)).map(({ name, config_vars }) => ({
        name,
        variables: config_vars,
      })),
    dynos: (app) => every(path`/apps/${app}/dynos`, Dyno),
    requestsLeft: () => http.reader.get('/account/rate-limits', { parse: () => {} }),
    authorizations: () => every('/oauth/authorizations', Authorization),
    ownAuthorization: async () =>
      (await reader.authorizations()).find(({ access_token: access }) => access?.token === token),
  };

  /** Archives and logs are at addresses that the API names, elsewhere and with their own permission: the token stays here. */
  function elsewhere(address: string) {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const local = url?.hostname === '127.0.0.1' && endpointOf(account, OFFICIAL) !== OFFICIAL;
    if (!url || (url.protocol !== 'https:' && !local))
      throw new UnsupportedError(`${account.name} names an address that is none`, { mend: 'report it' });
    const { reader: read, writer: write } = createHttp({ ...shared, baseUrl: url.origin });
    const query = Object.fromEntries(url.searchParams);
    return { read, write, at: decodeURI(url.pathname), query, mask: [...url.searchParams.values()] };
  }

  async function text(address: string, lines: number): Promise<string[]> {
    const { read, at, query, mask } = elsewhere(address);
    const whole = await read.get(at, { query, mask, as: 'text', parse: String });
    return whole.trimEnd().split(/\r?\n/).slice(-lines);
  }

  const writer: HerokuWriter = {
    ...reader,
    async createApp(json, mask) {
      try {
        return await http.writer.post('/apps', { json, mask, parse: asApp });
      } catch (error) {
        if (statusOf(error) !== 422 || !/taken/i.test((error as Error).message)) throw error;
        throw nameTaken(json.name, error);
      }
    },
    changeStack: (app, stack) => http.writer.patch(path`/apps/${app}`, { json: { build_stack: stack } }),
    changeVars: (app, json) => {
      const mask = Object.values(json).filter((value) => value !== null);
      return http.writer.patch(path`/apps/${app}/config-vars`, { json, mask, parse: asVars });
    },
    scale: (app, { type, quantity, dyno_size }) => {
      const update = { type, quantity, ...(dyno_size ? { dyno_size: { name: dyno_size } } : {}) };
      return http.writer.patch(path`/apps/${app}/formation`, { json: { updates: [update] } });
    },
    async startBuild(app, archive, checksum, version) {
      const { source_blob: source } = await http.writer.post(path`/apps/${app}/sources`, {
        parse: (value) => Source.parse(value),
      });
      const { write, at, query, mask } = elsewhere(source.put_url);
      // Without a content type: the address is signed for none.
      await write.put(at, { query, mask, body: archive, timeoutSeconds: 300 });
      const json = { source_blob: { url: source.get_url, version, checksum } };
      return http.writer.post(path`/apps/${app}/builds`, { json, mask: [source.get_url], parse: asBuild });
    },
    cancelBuild: async (app, id) => void (await http.writer.delete(path`/apps/${app}/builds/${id}`)),
    rollback: (app, release) => http.writer.post(path`/apps/${app}/releases`, { json: { release }, parse: asRelease }),
    removeApp: (app) => http.writer.delete(path`/apps/${app}`),
    output: (build, lines) => text(build.output_stream_url, lines),
    async log(app, lines) {
      const json = { lines, tail: false };
      return text(await http.writer.post(path`/apps/${app}/log-sessions`, { json, parse: asLogAddress }), lines);
    },
    authorize: (description, scope) =>
      http.writer.post('/oauth/authorizations', {
        json: { description, scope },
        parse: (value) => Authorized.parse(value).access_token.token,
      }),
    removeAuthorization: async (id) => void (await http.writer.delete(path`/oauth/authorizations/${id}`)),
    delay: (milliseconds) => account.delay(milliseconds),
  };
  return { reader, writer };
}

export function nameTaken(name: string, cause?: unknown): ConflictError {
  return new ConflictError(`the app name "${name}" is somebody else's at Heroku, where names are global`, {
    mend: 'rename the fleet or the service, or use a token of the account that holds it',
    ...(cause === undefined ? {} : { cause }),
  });
}
