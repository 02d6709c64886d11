/** A fleet that is given secrets in every way there is, and prints them all; and where a run leaves what it wrote. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Cloud } from '../../src/providers/sandbox/fake.ts';
import { spelledOut } from './careless.ts';
import { canary } from './secrets.ts';

/** Planted in the environment: what services, builds and probes are given. One that a provider's account is opened with is among them. */
export const PLANTED = {
  SANDBOX_CLOUD_TOKEN: `tok+${canary('the token of the cloud')}/==`,
  PLAIN_KEY: canary('plain'),
  NASTY_KEY: `first  ${canary('nasty')} "quoted" 100%25 &<b>\nsecond\t${canary('nastier')} it's \\ and\u00a0\u00fc so on`,
  LOUD_KEY: `${canary('loud')} with spaces % and "quotes"`,
  PROBE_KEY: canary('probe'),
  HOOK_PATH: canary('hook'),
  HOOK_KEY: canary('signature'),
};

/** Planted in the repository, sealed. */
export const SEALED = {
  SEALED_KEY: `-----BEGIN KEY-----\n${canary('sealed')}\n"${canary('sealed too')}"\n-----END KEY-----`,
  EDITED_KEY: canary('edited'),
};

export interface Fleet {
  cloud: Cloud;
  /** What changes from one commit to the next. */
  level: string;
  database?: boolean;
  /** A file with a value that the fleet issues itself, for the first of its services. */
  issues?: string;
  more?: string;
}

/** In the cloud a database and a service; on this machine a service that prints what it has, and a site whose build does. */
export const fleetFile = ({ cloud, level, database = true, issues, more = '' }: Fleet): string => `fleet: canaries
providers:
  sandbox: { endpoint: "${cloud.url}" }
  local: {}
databases:
${database ? '  main: { engine: postgres, place: { on: [sandbox] } }' : '  {}'}
services:
  api:
    source: { image: nginx }
    place: { on: [sandbox] }
    env:
      LEVEL: ${level}
      PLAIN: "\${secret.PLAIN_KEY}"
      NASTY: "\${secret.NASTY_KEY}"
      SEALED: "\${secret.SEALED_KEY}"
      MIX: "key=\${secret.PLAIN_KEY};"
${issues ? '      ISSUED: "${secret.ISSUED_KEY}"\n' : ''}${database ? '      DB: "${database.main.url}"\n' : ''}    health: { path: /, fail_after: 1, recover_after: 1, headers: { x-probe: "\${secret.PROBE_KEY}" } }
    failover: { after: 1, do: [redeploy] }
  loud:
    source: { dir: loud, command: [node, server.mjs] }
    place: { on: [local] }
    env: { KEY: "\${secret.LOUD_KEY}", SEALED: "\${secret.SEALED_KEY}"${database ? ', DB: "${database.main.url}"' : ''} }
sites:
  page:
    dir: page
    build: sh build.sh
    place: { on: [local] }
    env: { KEY: "\${secret.NASTY_KEY}", EDITED: "\${secret.EDITED_KEY}" }
${issues ? `secrets: { ISSUED_KEY: { issue: [sh, ops/issue.sh], env: { FROM: "${issues}" } } }\n` : ''}${more}`;

/** Prints what it was given in every spelling; `ending` is what it does then. */
export const loudServer = (ending: string): string => `import { createServer } from 'node:http';
const { KEY, SEALED, DB = '' } = process.env;
const spelledOut = ${String(spelledOut)};
for (const value of [KEY, SEALED, DB]) if (value) for (const text of spelledOut(value)) console.log(text);
console.error('x' + KEY + KEY, process.env);
${ending}
`;

export const SERVES = "createServer((_, response) => response.end('well')).listen(process.env.PORT, process.env.HOST);";

/** Prints the value that it issues where it should, and beside it; `ending` as of a shell. */
export const loudIssue = (ending: string): string =>
  `cat "$FROM"\ncat "$FROM" >&2\nbase64 "$FROM" >&2\nenv >&2\n${ending}\n`;

/** Prints all of its environment; `ending` as of a shell. */
export const loudBuild = (ending: string): string => `env\nenv | base64\nset\n${ending}\n`;

/** What the cloud made up by itself. */
export const handedOut = ({ resources }: Cloud): string[] =>
  [...resources.values()].flatMap(({ outputs: { password } }) => (password ? [password] : []));

/** Every file under a folder, but for those whose path begins so. */
export function filesIn(folder: string, without: string[] = []): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !without.some((name) => relative(folder, file).startsWith(name)))
    .map((file) => [relative(folder, file), readFileSync(file, 'latin1')]);
}

/** Every object that git has, as it is when unpacked. */
export const gitObjects = (repository: string): [string, string] => [
  'the objects of git',
  execFileSync('git', ['-C', repository, 'cat-file', '--batch-all-objects', '--batch', '--unordered'], {
    encoding: 'latin1',
    maxBuffer: 256 * 1024 * 1024,
  }),
];
