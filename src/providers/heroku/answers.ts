import { z } from 'zod';

/** Of Heroku's answers, what the handler relies on. */

export const App = z.object({
  id: z.string(),
  name: z.string(),
  web_url: z.string().nullish(),
  region: z.object({ name: z.string() }),
  /** Null until a build chose one, in the words of the first deployments. */
  build_stack: z.object({ name: z.string() }).nullish(),
});
export type App = z.infer<typeof App>;

export const Addon = z.object({ name: z.string(), config_vars: z.array(z.string()) });

export const Build = z.object({
  id: z.string(),
  status: z.string(),
  output_stream_url: z.string(),
  /** What the archive was called when the build was asked for. */
  source_blob: z.object({ version: z.string().nullish() }),
  release: z.object({ id: z.string() }).nullish(),
  created_at: z.string(),
});
export type Build = z.infer<typeof Build>;

export const Release = z.object({
  id: z.string(),
  version: z.int(),
  status: z.string(),
  current: z.boolean().nullish(),
  eligible_for_rollback: z.boolean().nullish(),
});
export type Release = z.infer<typeof Release>;

export const Formation = z.object({
  type: z.string(),
  quantity: z.int(),
  dyno_size: z.object({ name: z.string().nullish() }).nullish(),
});
export type Formation = z.infer<typeof Formation>;

export const Dyno = z.object({
  name: z.string(),
  type: z.string(),
  state: z.string(),
  release: z.object({ id: z.string() }),
});
export type Dyno = z.infer<typeof Dyno>;

export const Source = z.object({ source_blob: z.object({ get_url: z.string(), put_url: z.string() }) });
export const LogSession = z.object({ logplex_url: z.string() });
/** Values are secrets. */
export const Vars = z.record(z.string(), z.string().nullish());

/** A token with its name. Heroku may keep the token itself to itself. */
export const Authorization = z.object({
  id: z.string(),
  description: z.string().nullish(),
  scope: z.array(z.string()).nullish(),
  access_token: z.object({ token: z.string().nullish() }).nullish(),
});
export type Authorization = z.infer<typeof Authorization>;
