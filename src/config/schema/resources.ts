import type * as z from 'zod/mini';
import type { ResourceConfig } from '../../model/config.ts';
import { SECTION, type Kind } from '../../model/resource.ts';
import { domain } from './domain.ts';
import { job } from './job.ts';
import { model } from './model.ts';
import { service } from './service.ts';
import { site } from './site.ts';
import { bucket, database } from './storage.ts';
import { domainName, resourceName } from './values.ts';
import { mapOf } from './words.ts';

/** The schema of one resource of each kind. */
export const RESOURCE = { service, site, database, bucket, model, job, domain } satisfies Record<
  Kind,
  z.core.$ZodType<ResourceConfig>
>;

/** What may stand as the name of a resource of each kind. */
export const NAME: Record<Kind, z.ZodMiniString<string>> = {
  service: resourceName,
  site: resourceName,
  database: resourceName,
  bucket: resourceName,
  model: resourceName,
  job: resourceName,
  domain: domainName,
};

/** The plural section of one kind: names to resources. */
export function section<K extends Kind>(kind: K) {
  return mapOf(`a map of ${SECTION[kind]} by name`, NAME[kind], RESOURCE[kind]);
}
