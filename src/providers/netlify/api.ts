import { z } from 'zod';
import { ConflictError, UnsupportedError } from '../../model/errors.ts';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, everyPage, path, statusOf } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';

/** Netlify's API, typed: one function a call, and of every answer only what the site handler relies on. */

export const ENDPOINT = 'https://api.netlify.com/api/v1';

const Deploy = z.object({
  id: z.string(),
  state: z.string(),
  title: z.string().nullish(),
  error_message: z.string().nullish(),
  /** SHA-1 of the files that Netlify does not have yet. */
  required: z.array(z.string()).nullish(),
  locked: z.boolean().nullish(),
});
export type Deploy = z.infer<typeof Deploy>;

const Site = z.object({
  id: z.string(),
  name: z.string(),
  custom_domain: z.string().nullish(),
  domain_aliases: z.array(z.string()).nullish(),
  published_deploy: Deploy.nullish(),
  build_settings: z
    .object({
      repo_url: z.string().nullish(),
      stop_builds: z.boolean().nullish(),
      cmd: z.string().nullish(),
      dir: z.string().nullish(),
      base: z.string().nullish(),
    })
    .nullish(),
});
export type Site = z.infer<typeof Site>;

const Variable = z.object({
  key: z.string(),
  is_secret: z.boolean().nullish(),
  values: z.array(z.object({ value: z.string().nullish(), context: z.string().nullish() })).nullish(),
});

const Count = z.number().nullish();
const Team = z.object({
  slug: z.string(),
  capabilities: z.object({ sites: z.object({ included: Count, used: Count }).nullish() }).nullish(),
});

export interface SiteSettings {
  /** Empty for none. */
  custom_domain?: string;
  domain_aliases?: string[];
  build_settings?: { stop_builds: boolean };
}

export interface NetlifyReader {
  /** How many sites the team may have and has, as far as that is told. */
  siteCounts(): Promise<{ included?: number | null | undefined; used?: number | null | undefined }>;
  /** All sites of the team, whoever made them. */
  sites(): Promise<Site[]>;
  /** The team's site of exactly this name; no two at Netlify share one. */
  siteNamed(name: string): Promise<Site | undefined>;
  site(id: string): Promise<Site>;
  /** Whatever anybody noted of a site. */
  metadata(site: string): Promise<Record<string, unknown>>;
  /** Variables of a site in production; null for a value that is not told. */
  variables(site: string): Promise<Record<string, string | null>>;
  /** Newest first, at most a hundred. */
  deploys(site: string): Promise<Deploy[]>;
  deploy(site: string, id: string): Promise<Deploy>;
}

export interface NetlifyWriter extends NetlifyReader {
  /** @throws ConflictError when somebody at Netlify has the name. */
  createSite(name: string, mask: string[]): Promise<Site>;
  changeSite(id: string, settings: SiteSettings, mask: string[]): Promise<Site>;
  /** Replaces all of it. */
  setMetadata(site: string, metadata: Record<string, unknown>): Promise<void>;
  removeSite(id: string): Promise<void>;
  /** `files`: SHA-1 by path. With `async` the answer comes before Netlify has compared them. */
  createDeploy(site: string, deploy: NewDeploy, mask: string[]): Promise<Deploy>;
  uploadFile(deploy: string, file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Publishes a deploy that is ready. */
  restore(site: string, deploy: string): Promise<Deploy>;
  cancel(deploy: string): Promise<void>;
  account: Pick<Account, 'delay'>;
}

export interface NewDeploy {
  title: string;
  files: Record<string, string>;
  async: boolean;
}

const asSite = (value: unknown) => Site.parse(value);
const asDeploy = (value: unknown) => Deploy.parse(value);
const LARGEST_PAGE = 100;
/** For a file of 100 MB on a slow line. */
const UPLOAD_SECONDS = 300;

export function connect(account: Account): { reader: NetlifyReader; writer: NetlifyWriter } {
  const http = createHttp({
    name: 'Netlify',
    baseUrl: endpointOf(account, ENDPOINT),
    headers: { authorization: `Bearer ${account.credentials['NETLIFY_AUTH_TOKEN'] ?? ''}` },
    signal: account.signal,
    credentialMend: 'set NETLIFY_AUTH_TOKEN to a personal access token of a member of the team',
    mask: account.mask,
  });

  let known: Promise<string> | undefined;
  /** The team, asked for once; a failure is not kept. */
  const team = (): Promise<string> =>
    (known ??= findTeam().catch((error: unknown) => {
      known = undefined;
      throw error;
    }));
  async function findTeam(): Promise<string> {
    const { team: wanted } = account.options;
    if (typeof wanted === 'string') return wanted;
    const teams = await http.reader.get('/accounts', {
      query: { minimal: true },
      parse: (value) => z.array(Team).parse(value),
    });
    const [first, ...others] = teams.map(({ slug }) => slug);
    if (first !== undefined && others.length === 0) return first;
    throw new UnsupportedError(`Netlify: the token belongs to ${teams.length} teams`, {
      mend: `set providers.${account.name}.team to one of: ${teams.map(({ slug }) => slug).join(', ')}`,
    });
  }

  const listed = async (name?: string) => {
    const slug = await team();
    return everyPage((cursor = '1') =>
      http.reader.get(path`/${slug}/sites`, {
        query: { name, page: cursor, per_page: LARGEST_PAGE },
        parse: (value, { headers }) => ({ items: z.array(Site).parse(value), next: nextPage(headers) }),
      }),
    );
  };

  const reader: NetlifyReader = {
    sites: () => listed(),
    async siteCounts() {
      const slug = await team();
      const teams = await http.reader.get('/accounts', { parse: (value) => z.array(Team).parse(value) });
      return teams.find((one) => one.slug === slug)?.capabilities?.sites ?? {};
    },
    // Netlify's `name` matches a part of it.
    siteNamed: async (name) => (await listed(name)).find((site) => site.name === name),
    site: (id) => http.reader.get(path`/sites/${id}`, { parse: asSite }),
    metadata: (id) =>
      http.reader.get(path`/sites/${id}/metadata`, {
        parse: (value) => z.record(z.string(), z.unknown()).nullable().parse(value) ?? {},
      }),
    async variables(id) {
      const slug = await team();
      const all = await http.reader.get(path`/accounts/${slug}/env`, {
        query: { site_id: id },
        parse: (value) => z.array(Variable).parse(value),
      });
      return Object.fromEntries(
        all.flatMap(({ key, is_secret: isSecret, values }) => {
          const found = values?.find(({ context }) => context === 'production' || context === 'all');
          return found ? [[key, isSecret ? null : (found.value ?? null)] as const] : [];
        }),
      );
    },
    deploys: (site) =>
      http.reader.get(path`/sites/${site}/deploys`, {
        query: { per_page: LARGEST_PAGE },
        parse: (value) => z.array(Deploy).parse(value),
      }),
    deploy: (site, id) => http.reader.get(path`/sites/${site}/deploys/${id}`, { parse: asDeploy }),
  };
  const writer: NetlifyWriter = {
    ...reader,
    account,
    async createSite(name, mask) {
      const slug = await team();
      try {
        return await http.writer.post(path`/${slug}/sites`, { json: { name }, mask, parse: asSite });
      } catch (error) {
        if (statusOf(error) !== 422 || !/unique|exists|taken/i.test((error as Error).message)) throw error;
        throw new ConflictError(`${name}.netlify.app is taken by a site of another Netlify team`, {
          mend: 'rename the fleet or the site: names are shared by everybody at Netlify',
          cause: (error as Error).cause,
        });
      }
    },
    changeSite: (id, json, mask) => http.writer.patch(path`/sites/${id}`, { json, mask, parse: asSite }),
    setMetadata: (id, json) => http.writer.put(path`/sites/${id}/metadata`, { json }),
    removeSite: async (id) => void (await http.writer.delete(path`/sites/${id}`)),
    createDeploy: (site, { title, files, async }, mask) =>
      http.writer.post(path`/sites/${site}/deploys`, {
        query: { production: true, title },
        json: { files, async, draft: false },
        mask,
        parse: asDeploy,
      }),
    uploadFile: (deploy, file, body) => {
      const segments = file.slice(1).split('/').map(encodeURIComponent).join('/');
      return http.writer.put(`${path`/deploys/${deploy}/files`}/${segments}`, {
        headers: { 'content-type': 'application/octet-stream' },
        body,
        timeoutSeconds: UPLOAD_SECONDS,
      });
    },
    restore: (site, deploy) => http.writer.post(path`/sites/${site}/deploys/${deploy}/restore`, { parse: asDeploy }),
    cancel: (deploy) => http.writer.post(path`/deploys/${deploy}/cancel`),
  };
  return { reader, writer };
}

/** The page that the `link` header calls next. */
function nextPage(headers: Pick<Headers, 'get'>): string | undefined {
  const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  return link === undefined ? undefined : (new URL(link, ENDPOINT).searchParams.get('page') ?? undefined);
}
