import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** As SOPS has them: a nonce of 32 bytes, a tag of 16. */
const NONCE = 32;
const TAG = 16;
const BASE64 = '[A-Za-z0-9+/]+={0,2}';

/** What a sealed value looks like, for patterns that are made of it. */
export const SEALED = `ENC\\[AES256_GCM,data:${BASE64},iv:${BASE64},tag:${BASE64},type:str\\]`;

const PARTS = new RegExp(`^ENC\\[AES256_GCM,data:(${BASE64}),iv:(${BASE64}),tag:(${BASE64}),type:str\\]$`);

/** Text as SOPS writes it sealed: AES-256-GCM under the file's data key. `context` is what it belongs to, and opens nowhere else. */
export function sealValue(text: string, key: Uint8Array, context: string): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(Buffer.from(context));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const [sealed, iv, tag] = [data, nonce, cipher.getAuthTag()].map((bytes) => bytes.toString('base64'));
  return `ENC[AES256_GCM,data:${sealed},iv:${iv},tag:${tag},type:str]`;
}

/** The text again; undefined when it was changed, moved, or sealed under another key. */
export function openValue(sealed: string, key: Uint8Array, context: string): string | undefined {
  const parts = PARTS.exec(sealed)?.slice(1) ?? [];
  const [data, nonce, tag] = parts.map((part) => Buffer.from(part, 'base64'));
  if (!data || nonce?.length !== NONCE || tag?.length !== TAG) return undefined;
  // The last character of base64 has bits to spare: in one spelling only they are what they are.
  if ([data, nonce, tag].some((bytes, index) => bytes.toString('base64') !== parts[index])) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
  decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(data), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}
