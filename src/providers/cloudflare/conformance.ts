import type { JsonObject } from '../../model/resource.ts';
import type { Harness } from '../../provider-kit/conformance.ts';
import { startCloudflare } from './fake.ts';
import { provider } from './provider.ts';

const SYNCHRONOUS = 'a deploy is done when it is answered; there are no status words and nothing to wait for';
const DOCS = 'https://developers.cloudflare.com';

const site: JsonObject = {
  dir: 'web',
  output: 'dist',
  env: { GREETING: 'hello' },
  redirects: [{ from: '/old', to: '/new', status: 301 }],
  headers: [],
  domains: [],
};
const service: JsonObject = { source: { dir: 'api', command: ['worker.js'] }, env: { LOG_LEVEL: 'info' }, domains: [] };
const txt = (value: string) => ({ type: 'TXT', name: '@', value, ttlSeconds: 3600 });

export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: {
    site: {
      spec: site,
      changed: { ...site, redirects: [{ from: '/old', to: '/newer', status: 302 }] },
      files: { 'dist/index.html': '<h1>hello</h1>', 'dist/assets/app.js': 'console.log(1)' },
    },
    service: {
      spec: service,
      changed: { ...service, env: { LOG_LEVEL: 'debug' } },
      files: { 'worker.js': 'export default { fetch: () => new Response("hello") }' },
    },
    domain: {
      spec: { target: 'web.acme.workers.dev', records: [txt('hello')] },
      changed: { target: 'web.acme.workers.dev', records: [txt('hello'), txt('world')] },
    },
  },
  skips: {
    'deploy-hangs': SYNCHRONOUS,
    'unknown-status': SYNCHRONOUS,
    logs: 'Workers keep no log that could be asked for later; their tail is a websocket',
    'adopt: site':
      'its first write opens an upload and makes nothing; the answer to what makes it is lost in server-error and cut',
    'rollback: domain': 'DNS has no versions; the record of an earlier apply is applied again',
  },
  specifications: [{ file: 'cloudflare/openapi.json' }],
  async start({ pageSize }) {
    const token = 'cloudflare-token-for-tests';
    const cloudflare = await startCloudflare({ token, ...(pageSize === undefined ? {} : { pageSize }) });
    const recordsOf = (name: string) => cloudflare.records.filter((record) => record.name === name);
    return {
      account: {
        options: { account: '0a1b', endpoint: `${cloudflare.url}/client/v4` },
        credentials: { CLOUDFLARE_API_TOKEN: token },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: cloudflare,
      async count({ kind, identity, name }) {
        if (kind === 'domain') return recordsOf(name).filter(({ type }) => type === 'CNAME').length;
        return cloudflare.scripts.has(identity) ? 1 : 0;
      },
      async drift({ kind, identity, name }) {
        if (kind === 'domain') Object.assign(recordsOf(name)[0] ?? {}, { content: 'elsewhere.example.com' });
        else Object.assign(cloudflare.scripts.get(identity) ?? {}, { isPublic: false });
      },
      async foreign({ kind, identity, name }) {
        const record = { id: 'theirs', zone: `zone-${name}`, type: 'CNAME', name, content: 'else.example.com', ttl: 1 };
        if (kind === 'domain') cloudflare.records.push(record);
        else cloudflare.deployByHand(identity);
      },
      fate: (fate) => void (cloudflare.refuses = fate === 'fails'),
      stop: () => cloudflare.stop(),
    };
  },
  deviations: [
    {
      match: /\/workers\/.* -> 4\d\d: response 4\d\d (success: .*found false|result: .*found null)$/,
      because: 'the description wants `success` of a refusal to be true and false at once; it is false',
      source: `${DOCS}/fundamentals/api/how-to/make-api-calls/`,
    },
    {
      match: /\/workers\/subdomain -> 200: response 200 result: .*\(subdomain\)/,
      because: 'the description calls it `name`; the documentation and the SDK `subdomain`',
      source: `${DOCS}/api/resources/workers/subresources/subdomains/methods/get/`,
    },
    {
      match: /^GET \/client\/v4\/zones -> 200: .*name: must match pattern/,
      because: 'the names that the conformance suite gives to domains have no dot',
      source: `${DOCS}/dns/zone-setups/`,
    },
    {
      match: /^DELETE .*\/workers\/.* -> .*: request body: missing$/,
      because: 'the description wants a body and says nothing of what is in it; the documentation has none',
      source: `${DOCS}/api/resources/workers/subresources/scripts/methods/delete/`,
    },
    {
      match: /\/(assets-upload-session|assets\/upload) -> .*no such operation$/,
      because: 'assets of Workers are newer than the description',
      source: `${DOCS}/workers/static-assets/direct-upload/`,
    },
    {
      match: /\/scripts\/[^/]+\/subdomain -> .*no such operation$/,
      because: 'whether a Worker is public is newer than the description',
      source: `${DOCS}/api/resources/workers/subresources/scripts/subresources/subdomain/`,
    },
    {
      match: /\/dns_records\/batch -> .*no such operation$/,
      because: 'changing records in one transaction is newer than the description',
      source: `${DOCS}/dns/manage-dns-records/how-to/batch-record-changes/`,
    },
  ],
};
