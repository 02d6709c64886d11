import { existsSync } from 'node:fs';
import product from '../package.json' with { type: 'json' };
import { maskOf } from './log.ts';
import { readSettings, SettingsError, type Settings } from './settings.ts';
import { startApp } from './start-app.ts';
import { startSetup } from './setup/start-setup.ts';

/** Where the set-up page leaves the credentials, and where they are read from when the environment has none. */
const ENV_FILE = '.env';

if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);

let settings: Settings;
try {
  settings = readSettings(process.env);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(`${error.message}\nSee app/README.md for what the App reads from its environment.`);
  process.exit(1);
}

const { credentials } = settings;
const { hide } = maskOf(settings);
const tell = (text: string): void => console.error(hide(text));
// What nobody caught would be shown by Node as it is, with all that hangs on it.
process.on('uncaughtException', (error: unknown) => {
  tell(error instanceof Error ? String(error.stack) : String(error));
  process.exit(1);
});

const running = await (
  credentials ? startApp({ ...settings, credentials }, product) : startSetup(settings, { file: ENV_FILE, tell })
).catch((error: NodeJS.ErrnoException) => {
  tell(error.code === 'EADDRINUSE' ? `port ${settings.port} is taken: set PORT to another one` : String(error.stack));
  process.exit(1);
});

let stopping = false;
const stop = async (): Promise<void> => {
  // Asked twice: at once.
  if (stopping) process.exit(1);
  stopping = true;
  await running.close();
  process.exit(0);
};
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
