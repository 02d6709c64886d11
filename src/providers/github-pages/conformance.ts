import type { JsonObject } from '../../model/resource.ts';
import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import { DEFAULT_BRANCH } from './api.ts';
import { startPages, type FakePages } from './fake.ts';
import { provider } from './provider.ts';

const ROLLOUT: Record<DeployFate, FakePages['rollout']> = {
  live: ['building', 'built'],
  fails: ['building', 'errored'],
  hangs: ['building'],
  'unknown-word': ['reticulating', 'reticulating', 'built'],
  'unknown-for-ever': ['reticulating'],
};

const spec: JsonObject = {
  dir: 'web',
  output: 'dist',
  env: { GREETING: 'hello' },
  redirects: [{ from: '/old', to: '/new', status: 301 }],
  headers: [],
  domains: ['www.acme.dev'],
};

/** Of the account that holds one site; those that the suite makes side by side have a repository each. */
const REPOSITORY = 'octo-org/site';

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: {
    site: {
      spec,
      changed: { ...spec, redirects: [{ from: '/old', to: '/newer', status: 302 }] },
      files: { 'dist/index.html': '<h1>hello</h1>', 'dist/assets/app.js': 'console.log(1)' },
    },
  },
  skips: {
    adopt:
      'the first calls of a create make objects of git, which are found by what they hold and are nothing by themselves; that none of the later ones is repeated, cut and server-error show',
    pages: 'a repository has one site, so there is no list',
    logs: 'GitHub Pages has no logs of what it serves; what it says of a failed build comes with the error',
  },
  specifications: [
    {
      file: 'github/api.github.com.json',
      from: 'https://raw.githubusercontent.com/github/rest-api-description/main/descriptions/api.github.com/api.github.com.json',
      spanning: ['ref'],
    },
  ],
  async start() {
    const token = 'ghs_token_for_tests';
    const pages = await startPages({ token });
    const account = (repository: string) => ({
      options: { repository, endpoint: pages.url },
      credentials: { GITHUB_TOKEN: token },
      home: '',
      delay: () => Promise.resolve(),
    });
    const own = (identity: string) => `octo-org/${identity}`;
    return {
      account: account(REPOSITORY),
      accountOf: (identity) => account(own(identity)),
      server: pages,
      count: async ({ identity }) =>
        [REPOSITORY, own(identity)]
          .map((name) => pages.repository(name))
          .filter((one) => one.pages !== null || one.branches.has(DEFAULT_BRANCH)).length,
      drift: async ({ identity }) => pages.push(own(identity), DEFAULT_BRANCH, { 'index.html': 'by hand' }),
      foreign: async ({ identity }) => {
        const name = own(identity);
        pages.repository(name).pages = {
          cname: null,
          build_type: 'legacy',
          source: { branch: DEFAULT_BRANCH, path: '/' },
        };
        pages.push(name, DEFAULT_BRANCH, { 'index.html': 'somebody else' });
      },
      fate: (fate) => void (pages.rollout = ROLLOUT[fate]),
      stop: () => pages.stop(),
    };
  },
};
