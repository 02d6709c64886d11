import { appendFile, chmod } from 'node:fs/promises';

/** What GitHub answers when a manifest becomes an App. */
export interface Registered {
  id: number;
  slug: string;
  name: string;
  html_url: string;
  pem: string;
  webhook_secret: string | null;
  client_id: string;
  client_secret: string;
}

/** Adds them to a file that Node reads as environment variables, and keeps that for its owner alone. */
export async function saveCredentials(
  file: string,
  { id, pem, webhook_secret, client_id, client_secret }: Registered,
): Promise<void> {
  const lines = [
    `APP_ID=${id}`,
    `WEBHOOK_SECRET=${webhook_secret ?? ''}`,
    `CLIENT_ID=${client_id}`,
    `CLIENT_SECRET=${client_secret}`,
    `PRIVATE_KEY="${pem.trim().replaceAll('\n', '\\n')}"`,
  ];
  // GitHub tells the key once: whatever stands in the file is kept, and so is this.
  await appendFile(file, `\n${lines.join('\n')}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}
