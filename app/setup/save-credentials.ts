import { writeFile } from 'node:fs/promises';

/** What GitHub answers when a manifest becomes an App. */
export interface Registered {
  id: number;
  slug: string;
  name: string;
  html_url: string;
  pem: string;
  webhook_secret: string | null;
}

/** Writes a file that Node reads as environment variables, for its owner alone. @throws when there is one already */
export async function saveCredentials(file: string, { id, pem, webhook_secret }: Registered): Promise<void> {
  const lines = [
    `APP_ID=${id}`,
    `WEBHOOK_SECRET=${webhook_secret ?? ''}`,
    `PRIVATE_KEY="${pem.trim().replaceAll('\n', '\\n')}"`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
}
