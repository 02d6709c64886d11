import { endpointOption } from '../../provider-kit/endpoint.ts';
import type { Provider } from '../../provider-kit/provider.ts';
import { connect, DEFAULT_BRANCH, ENDPOINT, type PagesReader, type PagesWriter } from './api.ts';
import { limits } from './limits.ts';
import { refuses } from './refuses.ts';
import { site } from './site.ts';

const FILES = 'it serves files';
const NAME = /^[\w.-]+$/;

export const provider: Provider<PagesReader, PagesWriter> = {
  type: 'github-pages',
  title: 'GitHub Pages',
  about:
    'A static site beside the code, from a branch of a repository; no account and no token besides those of GitHub.',
  credentials: [
    {
      variable: 'GITHUB_TOKEN',
      about:
        'a token that may write the contents and the Pages of the repository; in Actions the token of the run stands in',
      required: true,
    },
  ],
  options: {
    repository: {
      about: 'owner/name of the repository that serves the site; the one that the fleet is run for when left out',
      check: (value) =>
        typeof value === 'string' &&
        value.split('/').length === 2 &&
        value.split('/').every((part) => NAME.test(part) && !/^\.\.?$/.test(part))
          ? undefined
          : 'expected a repository such as acme/web',
    },
    branch: {
      about: `branch that holds the files, for nothing else; ${DEFAULT_BRANCH} when left out`,
      check: (value) =>
        typeof value === 'string' && value.split('/').every(isBranchPart) ? undefined : 'expected the name of a branch',
    },
    endpoint: endpointOption(ENDPOINT),
  },
  kinds: {
    site: { supported: true },
    service: { supported: false, because: `${FILES} and runs nothing` },
    job: { supported: false, because: `${FILES} and runs nothing` },
    database: { supported: false, because: `${FILES} and has no databases` },
    bucket: { supported: false, because: `${FILES}, and nothing but a commit changes them` },
    model: { supported: false, because: 'it has no inference server' },
    domain: { supported: false, because: 'it has no DNS: name the domain in the site' },
  },
  refuses,
  concurrency: 2,
  limits,
  reader: (account) => connect(account).reader,
  writer: (account) => connect(account).writer,
  handlers: { site },
};

/** Git takes more; these need no quoting anywhere. */
function isBranchPart(part: string): boolean {
  return NAME.test(part) && !/^\.|\.\.|\.$|\.lock$/.test(part);
}
