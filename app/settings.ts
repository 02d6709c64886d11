import { readFileSync } from 'node:fs';

/** All that the App is told from outside; read once, at the start. */
export interface Settings {
  /** Undefined: the App is not registered yet, and only its set-up page is served. */
  credentials: Credentials | undefined;
  /** REST, e.g. `https://api.github.com` or `https://ghe.example/api/v3`, without a slash at the end. */
  apiUrl: string;
  /** Pages, e.g. `https://github.com`. */
  serverUrl: string;
  host: string;
  /** 0: one that the system picks. */
  port: number;
  webhookPath: string;
  /** How GitHub reaches this machine, e.g. `https://flotilla.example`. For registering only; empty: not said. */
  publicUrl: string;
  /** Organization to register the App under; undefined: the user's own account. */
  organization: string | undefined;
  /** Minutes between sweeps. */
  sweepEvery: number;
  /** Pieces of work under way at once. */
  concurrency: number;
  /** Seconds between two heartbeats; 0: the App watches nothing. */
  heartbeat: number;
  /** Whether heartbeats may go to private addresses, those of this machine and its network. */
  allowPrivate: boolean;
  /** Opens the API for all installed repositories; undefined: only GitHub tokens and sign-in do. */
  apiToken: string | undefined;
  /** For signing in with GitHub; undefined: nobody can. */
  signIn: SignIn | undefined;
  /** Whether `/metrics` is for everybody. */
  metricsOpen: boolean;
  logLevel: LogLevel;
  logFormat: 'json' | 'pretty';
}

export interface Credentials {
  appId: number;
  /** PEM. */
  privateKey: string;
  webhookSecret: string;
}

/** The App as an OAuth client. */
export interface SignIn {
  clientId: string;
  clientSecret: string;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A variable that is missing or wrong: the message names it and the mend. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

type Env = Record<string, string | undefined>;

/** Reads the settings from environment variables. @throws SettingsError naming each variable that is wrong */
export function readSettings(env: Env): Settings {
  const problems: string[] = [];
  const number = (name: string, fallback: number, least: number, most: number): number => {
    const text = env[name];
    const value = text === undefined || text === '' ? fallback : Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    problems.push(`${name} is "${text}": it takes a whole number from ${least} to ${most}`);
    return fallback;
  };
  const choice = <T extends string>(name: string, fallback: T, choices: readonly T[]): T => {
    const found = choices.find((one) => one === (env[name] || fallback));
    if (found === undefined) problems.push(`${name} is "${env[name]}": it takes ${choices.join(', ')}`);
    return found ?? fallback;
  };
  const apiUrl = (env['GITHUB_API_URL'] || 'https://api.github.com').replace(/\/+$/, '');
  if (!URL.canParse(apiUrl)) problems.push(`GITHUB_API_URL is "${apiUrl}": it takes a URL`);
  else if (new URL(apiUrl).password)
    problems.push('GITHUB_API_URL holds a password: leave it out, the App signs in by its key');
  const settings: Settings = {
    credentials: credentialsOf(env, problems),
    apiUrl,
    serverUrl: env['GITHUB_SERVER_URL']?.replace(/\/+$/, '') || serverOf(apiUrl),
    host: env['HOST'] || '0.0.0.0',
    port: number('PORT', 3000, 0, 65_535),
    webhookPath: env['WEBHOOK_PATH'] || '/api/github/webhooks',
    publicUrl: env['PUBLIC_URL']?.replace(/\/+$/, '') ?? '',
    organization: env['GITHUB_ORGANIZATION'] || undefined,
    sweepEvery: number('SWEEP_MINUTES', 30, 1, 1440),
    concurrency: number('CONCURRENCY', 8, 1, 100),
    heartbeat: number('FLOTILLA_HEARTBEAT_SECONDS', 30, 0, 3600),
    allowPrivate: choice('FLOTILLA_ALLOW_PRIVATE', 'false', YES_NO) === 'true',
    apiToken: apiTokenOf(env, problems),
    signIn: signInOf(env, problems),
    metricsOpen: choice('FLOTILLA_METRICS_OPEN', 'false', YES_NO) === 'true',
    logLevel: choice('LOG_LEVEL', 'info', LOG_LEVELS),
    logFormat: choice('LOG_FORMAT', 'json', ['json', 'pretty']),
  };
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return settings;
}

const YES_NO = ['false', 'true'] as const;
/** A shorter one could be guessed; characters. */
const SHORTEST_TOKEN = 20;

function apiTokenOf({ FLOTILLA_API_TOKEN: token }: Env, problems: string[]): string | undefined {
  if (token && token.length < SHORTEST_TOKEN)
    problems.push(`FLOTILLA_API_TOKEN has fewer than ${SHORTEST_TOKEN} characters: make one with openssl rand -hex 32`);
  return token || undefined;
}

function signInOf({ CLIENT_ID: clientId, CLIENT_SECRET: clientSecret }: Env, problems: string[]): SignIn | undefined {
  if (Boolean(clientId) !== Boolean(clientSecret)) problems.push('CLIENT_ID and CLIENT_SECRET are needed together');
  return clientId && clientSecret ? { clientId, clientSecret } : undefined;
}

function credentialsOf(env: Env, problems: string[]): Credentials | undefined {
  const { APP_ID: id, WEBHOOK_SECRET: webhookSecret } = env;
  const key = privateKeyOf(env, problems);
  if (!id && !webhookSecret && key === undefined) return undefined;
  const appId = Number(id);
  if (!Number.isInteger(appId) || appId <= 0) problems.push(`APP_ID is "${id ?? ''}": it takes the App's number`);
  if (!webhookSecret) problems.push('WEBHOOK_SECRET is missing: without one anybody could send webhooks');
  if (key === undefined) problems.push('PRIVATE_KEY is missing: give the PEM, or its file as PRIVATE_KEY_PATH');
  else if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) problems.push('PRIVATE_KEY is not a PEM private key');
  return { appId, privateKey: key ?? '', webhookSecret: webhookSecret ?? '' };
}

/** Where an environment cannot hold line breaks, they are written `\n`. */
function privateKeyOf(env: Env, problems: string[]): string | undefined {
  if (env['PRIVATE_KEY']) return env['PRIVATE_KEY'].replaceAll('\\n', '\n').trim();
  const path = env['PRIVATE_KEY_PATH'];
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    problems.push(`PRIVATE_KEY_PATH is "${path}", which cannot be read: ${(error as Error).message}`);
    return '';
  }
}

/** An Enterprise Server has its API under `/api/v3` of the server; GitHub's own has a host of its own. */
function serverOf(apiUrl: string): string {
  return apiUrl.replace(/\/api\/v3$/, '').replace(/^(https?:\/\/)api\./, '$1');
}
