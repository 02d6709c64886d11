import { createEmulator } from 'emulate';
import { expect, test } from 'vitest';
import { startGitHub } from '../../src/sandbox/github/index.ts';
import { differences } from './cross-check/compare.ts';
import { gaps } from './cross-check/gaps.ts';
import { runScript, type Side } from './cross-check/script.ts';
import { receiveWebhooks } from './webhook-receiver.ts';

const app = {
  name: 'flotilla',
  permissions: { contents: 'write', issues: 'write', metadata: 'read', pull_requests: 'write' } as const,
  events: ['push', 'issues', 'issue_comment'],
};
const webhookSecret = 'it is known';

async function sandboxSide(): Promise<Side> {
  const github = await startGitHub();
  const hooks = await receiveWebhooks();
  github.createUser('acme');
  await github.createRepository('acme/fleet', { files: { 'README.md': '# fleet\n' } });
  const { id: appId, privateKey } = github.createApp({ ...app, webhookUrl: hooks.url, webhookSecret });
  github.install(appId, ['acme/fleet']);
  await github.settled();
  hooks.received.length = 0;
  return {
    apiUrl: github.apiUrl,
    appId,
    privateKey,
    webhookSecret,
    hooks,
    settled: () => github.settled(),
    close: async () => {
      await github.close();
      await hooks.close();
    },
  };
}

async function emulateSide(): Promise<Side> {
  const hooks = await receiveWebhooks();
  const installations = [{ installation_id: 100, account: 'acme', repositories: ['acme/fleet'] }];
  const seed = {
    users: [{ login: 'acme' }],
    repos: [{ owner: 'acme', name: 'fleet', auto_init: true }],
    apps: [
      {
        app_id: 77,
        slug: app.name,
        ...app,
        webhook_url: hooks.url,
        webhook_secret: webhookSecret,
        installations: installations.map((installation) => ({ ...installation, repository_selection: 'selected' })),
      },
    ],
  };
  const github = await createEmulator({ service: 'github', port: 0, seed: { github: seed } });
  const key = github.generatedSecrets.find(({ kind }) => kind === 'github.app_private_key');
  return {
    apiUrl: github.url,
    appId: 77,
    privateKey: key!.value,
    webhookSecret,
    hooks,
    // It cannot say when it has sent all that the script sets off: one push, three of the issue, three of its comment.
    settled: () => hooks.until(7),
    close: async () => {
      await github.close();
      await hooks.close();
    },
  };
}

test('an independent emulator of GitHub answers the same App the same, but for its known gaps', async () => {
  const sides = [await sandboxSide(), await emulateSide()] as const;
  try {
    const [sandbox, emulate] = [await runScript(sides[0]), await runScript(sides[1])];
    const found = differences(sandbox, emulate);
    expect(found.filter((line) => !gaps.some(({ where }) => where.test(line)))).toEqual([]);
    const closed = gaps.filter(({ where }) => !found.some((line) => where.test(line)));
    expect(closed, 'gaps that are none any more').toEqual([]);
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}, 60_000);
