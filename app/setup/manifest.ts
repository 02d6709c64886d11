import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** `app.yml` as GitHub takes it, with where this App is reached. One that sends no heartbeats has nothing to record. */
export function manifestFor(publicUrl: string, webhookPath: string, heartbeat: number): Record<string, unknown> {
  const manifest = parse(readFileSync(new URL('../app.yml', import.meta.url), 'utf8')) as Record<string, unknown>;
  const permissions = manifest['default_permissions'] as Record<string, string>;
  return {
    ...manifest,
    ...(heartbeat === 0 ? { default_permissions: { ...permissions, contents: 'read' } } : {}),
    callback_urls: [`${publicUrl}/v1/login/callback`],
    hook_attributes: { url: `${publicUrl}${webhookPath}`, active: true },
    redirect_url: `${publicUrl}/setup`,
  };
}
