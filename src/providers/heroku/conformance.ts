import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import { appName } from './app-settings.ts';
import { LIVE, startFakeHeroku, TOKEN, type Rollout } from './fake.ts';
import { provider } from './provider.ts';

const ROLLOUT: Record<DeployFate, Rollout> = {
  live: LIVE,
  fails: { ...LIVE, build: ['pending', 'failed'] },
  hangs: { ...LIVE, build: ['pending'] },
  'unknown-word': { ...LIVE, build: ['pending', 'queued', 'queued', 'succeeded'] },
  'unknown-for-ever': { ...LIVE, build: ['queued'] },
};

const spec = { source: { dir: 'api', command: ['node', 'main.js'] }, port: 8080, env: { LOG_LEVEL: 'info' } };
const SERVER = `require('node:http').createServer((_, response) => response.end('hello')).listen(process.env.PORT);\n`;
const ELSEWHERE = 'https://devcenter.heroku.com/articles/build-and-release-using-the-api';

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: {
    service: {
      spec,
      changed: { ...spec, source: { dir: 'api', command: ['node', 'main.js', '-v'] }, env: { EXTRA: '1' } },
      // What the live suite deploys: it has to run.
      files: { 'main.js': SERVER, 'package.json': '{}' },
    },
  },
  skips: {
    logs: 'a log session is made by POST, which a client that can only read does not have; failures tell their log',
  },
  specifications: [{ file: 'heroku/schema.json', from: 'https://api.heroku.com/schema' }],
  deviations: [
    {
      match: /^(PUT|GET) \/(archives|output|logs)\/.*no such operation/,
      because: 'archives, output and logs are at addresses that the API names, outside of it',
      source: ELSEWHERE,
    },
    {
      match: /status: must be equal to one of the allowed values .*found "queued"/,
      because: 'a status word that the schema does not have yet is what that case is about',
      source: ELSEWHERE,
    },
  ],
  async start({ pageSize }) {
    const heroku = await startFakeHeroku(pageSize === undefined ? {} : { pageSize });
    return {
      account: {
        options: { endpoint: heroku.url },
        credentials: { HEROKU_API_KEY: TOKEN },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: heroku,
      count: async ({ identity }) => (heroku.apps.has(appName(identity)) ? 1 : 0),
      drift: async ({ identity }) => heroku.tamper(appName(identity), 7),
      foreign: async ({ identity }) => void heroku.plant(appName(identity)),
      fate: (fate) => void (heroku.rollout = ROLLOUT[fate]),
      stop: () => heroku.stop(),
    };
  },
};
