import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../../model/resource.ts';
import type { Harness } from '../../provider-kit/conformance.ts';
import { removeInstance } from './instance-folder.ts';
import { environmentFolder, instanceFolder } from './layout.ts';
import { isRunning, signalGroup } from './process-id.ts';
import { provider } from './provider.ts';
import { readState } from './state-file.ts';

const NO_HTTP =
  'there is no provider behind HTTP that could answer so; tests/providers/local*.test.ts kill and cut instead';

const SERVER = `
const { createServer } = require('node:http');
console.log('starting', process.env.LOG_LEVEL);
if (process.env.LOG_LEVEL === 'broken') process.exit(3);
createServer((request, response) => response.end(process.env.LOG_LEVEL)).listen(process.env.PORT, process.env.HOST);
`;

const service = (level: string): JsonObject => ({
  source: { dir: 'app', command: [process.execPath, 'server.cjs'] },
  env: { LOG_LEVEL: level },
  replicas: 1,
});

const site = (status: number, output: string): JsonObject => ({
  dir: 'web',
  output,
  env: {},
  headers: [],
  domains: [],

  redirects: [{ from: '/old', to: '/new', status }],
});

const delay = async (milliseconds: number): Promise<void> => void (await wait(milliseconds));

/** Real processes in a folder of their own. */
export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: {
    service: {
      spec: service('info'),
      changed: service('debug'),
      failing: service('broken'),

      files: { 'server.cjs': SERVER },
    },
    site: {
      spec: site(301, 'dist'),
      changed: site(302, 'dist'),
      failing: site(301, 'missing'),

      files: { 'dist/index.html': '<h1>hello</h1>' },
    },
  },
  skips: {
    adopt:
      'there is no answer to lose: an interrupted run is resolved by the folder, as tests/providers/local-crash.test.ts shows',
    credential: 'it has no credentials',
    'rate-limit': NO_HTTP,
    'server-error': NO_HTTP,
    cut: NO_HTTP,
    hang: NO_HTTP,
    masking: NO_HTTP,
    'deploy-hangs': 'a start is limited by health.grace, as tests/providers/local.test.ts shows',
    'unknown-status': 'the runner speaks the words of the model',
  },
  async start() {
    const home = await mkdtemp(join(tmpdir(), 'flotilla-local-'));
    return {
      account: { options: {}, credentials: {}, home, delay },
      count: async (target) => (existsSync(instanceFolder(home, target)) ? 1 : 0),
      async drift(target) {
        const runner = readState(instanceFolder(home, target))?.runner;
        if (!runner) throw new Error(`${target.address} has no runner to kill`);
        signalGroup(runner.pid, 'SIGKILL');
        while (isRunning(runner)) await delay(5);
      },
      async foreign(target) {
        await mkdir(instanceFolder(home, target), { recursive: true });
        await writeFile(join(instanceFolder(home, target), 'notes.txt'), 'not made by Flotilla');
      },
      async stop() {
        for (const fleet of await readdir(home))
          for (const environment of await readdir(join(home, fleet))) {
            const parent = environmentFolder(home, { fleet, environment });
            for (const entry of await readdir(parent)) {
              const [kind = '', name = ''] = entry.split('-');
              await removeInstance(join(parent, entry), { fleet, environment, kind, name }, delay).catch(
                () => undefined,
              );
            }
          }
        await rm(home, { recursive: true, force: true });
      },
    };
  },
};
