import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** `app.yml` as GitHub takes it, with where this App is reached. */
export function manifestFor(publicUrl: string, webhookPath: string): Record<string, unknown> {
  const manifest = parse(readFileSync(new URL('../app.yml', import.meta.url), 'utf8')) as Record<string, unknown>;
  return {
    ...manifest,
    hook_attributes: { url: `${publicUrl}${webhookPath}`, active: true },
    redirect_url: `${publicUrl}/setup`,
  };
}
