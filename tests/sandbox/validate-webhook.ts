import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface WebhookDescription {
  webhooks: Record<string, { post: { requestBody: { content: Record<string, { schema: object }> } } }>;
  components: object;
}

const file = new URL('generated/api.github.com.json', import.meta.resolve('@octokit/openapi-webhooks'));
const compiled = new Map<string, ValidateFunction>();
let loaded: { webhooks: WebhookDescription['webhooks']; ajv: Ajv2020 } | undefined;

/** What is wrong with a webhook's payload by GitHub's own description, a line each; empty when nothing is. */
export function validateWebhook(event: string, payload: Record<string, unknown>): string[] {
  loaded ??= load();
  const action = typeof payload['action'] === 'string' ? payload['action'] : '';
  // The action of a repository dispatch is whatever its sender called it.
  const names = event === 'repository_dispatch' ? [`${event}-sample.collected`] : [`${event}-${action}`, event];
  const key = names.map((name) => name.replaceAll('_', '-')).find((name) => name in loaded!.webhooks);
  const webhook = key && loaded.webhooks[key];
  if (!key || !webhook) return [`${event} ${action}: GitHub sends no such webhook`];
  let validate = compiled.get(key);
  if (!validate) {
    validate = loaded.ajv.compile(rebase(webhook.post.requestBody.content['application/json']!.schema) as object);
    compiled.set(key, validate);
  }
  if (validate(payload)) return [];
  // Addresses that are not there are empty in GitHub's own payloads, whatever its description says.
  const errors = (validate.errors ?? []).filter(({ keyword, data }) => keyword !== 'format' || data !== '');
  return errors.map(
    ({ instancePath, message, params }) =>
      `${event} ${action} ${instancePath.slice(1).replaceAll('/', '.')}: ${message} ${params['allowedValues'] ?? ''}`,
  );
}

function load() {
  const { webhooks, components } = JSON.parse(readFileSync(file, 'utf8')) as WebhookDescription;
  const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true });
  addFormats.default(ajv);
  ajv.addFormat('repo.nwo', /^[\w.-]+\/[\w.-]+$/);
  ajv.addFormat('timestamp', true);
  ajv.addSchema({ $id: 'webhooks', components: rebase(components) });
  return { webhooks, ajv };
}

/** References within the description, made to find its components under their own id. */
function rebase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rebase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key === '$ref' && typeof item === 'string' ? [key, item.replace(/^#/, 'webhooks#')] : [key, rebase(item)],
    ),
  );
}
