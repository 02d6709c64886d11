import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { nodeId } from '../node-id.ts';
import { renderInstallation } from '../render/account.ts';
import type { Account, App, Installation, Permissions, Repository } from '../state.ts';
import { nextId } from '../state.ts';
import { send } from '../webhooks.ts';
import type { World } from '../world.ts';
import { ensureAccount } from '../world.ts';

export interface NewApp {
  name: string;
  description?: string | undefined;
  permissions: Permissions;
  events: string[];
  webhookUrl?: string | undefined;
  /** Empty: deliveries are not signed. Default: a random one. */
  webhookSecret?: string | undefined;
}

export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** Registers an App with a key pair of its own. */
export const createApp = (world: World, fields: NewApp): App => {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return addApp(world, { ...fields, id: nextId(world.state), slug: slugOf(fields.name), ...keys });
};

export const addApp = (
  world: Pick<World, 'state' | 'clock'>,
  fields: NewApp & { id: number; slug: string; privateKey: string; publicKey: string },
): App => {
  const app: App = {
    id: fields.id,
    slug: fields.slug,
    name: fields.name,
    description: fields.description ?? '',
    owner: ensureAccount(world, fields.slug === 'github-actions' ? 'github' : 'sandbox', 'Organization'),
    bot: ensureAccount(world, `${fields.slug}[bot]`, 'Bot'),
    permissions: { ...fields.permissions, metadata: 'read' },
    events: [...fields.events],
    webhookUrl: fields.webhookUrl,
    webhookSecret: fields.webhookSecret ?? randomBytes(20).toString('hex'),
    clientId: `Iv1.${randomBytes(8).toString('hex')}`,
    clientSecret: randomBytes(20).toString('hex'),
    privateKey: fields.privateKey,
    publicKey: fields.publicKey,
    createdAt: world.clock(),
  };
  world.state.apps.set(app.id, app);
  return app;
};

const shortRepository = ({ id, name, fullName, private: hidden }: Repository) => ({
  id,
  node_id: nodeId('Repository', id),
  name,
  full_name: fullName,
  private: hidden,
});

/** Installs an App on repositories of one owner, or adds them to its installation there. */
export const installApp = (
  world: World,
  app: App,
  repositories: readonly Repository[],
  sender?: Account,
): Installation => {
  const account = repositories[0]?.owner;
  if (!account || repositories.some(({ owner }) => owner !== account))
    throw new Error('sandbox GitHub: an App is installed on one or more repositories of one owner');
  const known = [...world.state.installations.values()].find((one) => one.app === app && one.account === account);
  const added = repositories.filter(({ id }) => !known?.repositoryIds.has(id));
  const now = world.clock();
  const installation: Installation = known ?? {
    id: nextId(world.state),
    app,
    account,
    repositoryIds: new Set(),
    suspendedAt: undefined,
    createdAt: now,
    updatedAt: now,
  };
  for (const { id } of added) installation.repositoryIds.add(id);
  installation.updatedAt = now;
  world.state.installations.set(installation.id, installation);
  announce(
    world,
    installation,
    sender,
    known ? 'installation_repositories' : 'installation',
    known ? 'added' : 'created',
    known
      ? {
          repository_selection: 'selected',
          repositories_added: added.map(shortRepository),
          repositories_removed: [],
          requester: null,
        }
      : { repositories: added.map(shortRepository), requester: null },
  );
  return installation;
};

/** Takes repositories out of an installation; the last one out ends it. */
export const uninstallApp = (
  world: World,
  installation: Installation,
  repositories: readonly Repository[],
  sender?: Account,
): void => {
  const removed = repositories.filter(({ id }) => installation.repositoryIds.delete(id));
  if (installation.repositoryIds.size > 0)
    return announce(world, installation, sender, 'installation_repositories', 'removed', {
      repository_selection: 'selected',
      repositories_added: [],
      repositories_removed: removed.map(shortRepository),
      requester: null,
    });
  world.state.installations.delete(installation.id);
  announce(world, installation, sender, 'installation', 'deleted', { repositories: removed.map(shortRepository) });
};

const announce = (
  world: World,
  installation: Installation,
  sender: Account | undefined,
  event: string,
  action: string,
  payload: Record<string, unknown>,
): void => {
  const { app, account } = installation;
  if (app.webhookUrl === undefined) return;
  const own = { installation: renderInstallation(world, installation), ...payload };
  world.background(
    send(world, { app, installation, repository: undefined, event, action, payload: own, sender: sender ?? account }),
  );
};
