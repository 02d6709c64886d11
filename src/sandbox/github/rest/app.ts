import { issueToken } from '../auth.ts';
import { createApp } from '../operations/apps.ts';
import { HttpError, notFound, unprocessable } from '../errors.ts';
import { renderApp, renderInstallation, time } from '../render/account.ts';
import { renderRepository } from '../render/repository.ts';
import type { Call, Reply } from '../router.ts';
import { json, route } from '../router.ts';
import type { App, Delivery, Installation, Permissions } from '../state.ts';
import { redeliver } from '../webhooks.ts';
import { accountOf } from '../world.ts';
import { optionalList, optionalObject } from './body.ts';
import { counted, paged, pageOf } from './pagination.ts';

/** The App that asks: the route let nobody else in. */
const asking = (call: Call): App => {
  if (call.principal.kind !== 'app') throw notFound();
  return call.principal.app;
};

const installationsOf = (call: Call): Installation[] => {
  const app = asking(call);
  return [...call.world.state.installations.values()].filter((installation) => installation.app === app);
};

const installationNamed = (call: Call): Installation => {
  const id = Number(call.param('installation_id'));
  const found = installationsOf(call).find((installation) => installation.id === id);
  if (!found) throw notFound();
  return found;
};

const hour = 3_600_000;
const levels = { read: 1, write: 2, admin: 3 };

const createToken = (call: Call): Reply => {
  const { world } = call;
  const installation = installationNamed(call);
  if (installation.suspendedAt) throw new HttpError(403, 'This installation has been suspended');
  const names = optionalList(call.body, 'repositories');
  const ids = optionalList(call.body, 'repository_ids');
  const asked = optionalObject(call.body, 'permissions') as Permissions | undefined;
  const reachable = [...installation.repositoryIds]
    .map((id) => world.state.repositoriesById.get(id))
    .filter((one) => one !== undefined);
  const chosen =
    names || ids
      ? reachable.filter(
          ({ id, name }) => names?.some((one) => String(one).toLowerCase() === name.toLowerCase()) || ids?.includes(id),
        )
      : undefined;
  if (chosen && chosen.length < (names?.length ?? 0) + (ids?.length ?? 0))
    throw unprocessable(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  for (const [name, level] of Object.entries(asked ?? {}))
    if (
      (levels[installation.app.permissions[name] ?? (name === 'metadata' ? 'read' : ('none' as 'read'))] ?? 0) <
      levels[level]
    )
      throw unprocessable('The permissions requested are not granted to this installation.');
  const permissions: Permissions = { ...(asked ?? installation.app.permissions), metadata: 'read' };
  const expiresAt = new Date(world.clock().getTime() + hour);
  const token = issueToken(world, {
    kind: 'installation',
    app: installation.app,
    installation,
    permissions,
    repositoryIds: chosen && new Set(chosen.map(({ id }) => id)),
    expiresAt,
  });
  return json(201, {
    token,
    expires_at: time(expiresAt),
    permissions,
    repository_selection: 'selected',
    ...(chosen ? { repositories: chosen.map((repository) => renderRepository(world, repository)) } : {}),
  });
};

const repositoryInstallation = (call: Call): Reply => {
  const found = installationsOf(call).find(({ repositoryIds }) => repositoryIds.has(call.repository.id));
  if (!found) throw notFound();
  return json(200, renderInstallation(call.world, found));
};

const ownerInstallation =
  (parameter: string) =>
  (call: Call): Reply => {
    const account = accountOf(call.world, call.param(parameter));
    const found = installationsOf(call).find((installation) => installation.account === account);
    if (!found) throw notFound();
    return json(200, renderInstallation(call.world, found));
  };

const installationRepositories = (call: Call): Promise<Reply> => {
  const { principal, world } = call;
  if (principal.kind !== 'installation' && principal.kind !== 'actions')
    throw new HttpError(
      403,
      'You must authenticate with an installation access token in order to list repositories for an installation.',
    );
  const ids =
    principal.kind === 'actions'
      ? [principal.repository.id]
      : [...(principal.repositoryIds ?? principal.installation.repositoryIds)];
  const repositories = ids.map((id) => world.state.repositoriesById.get(id)).filter((one) => one !== undefined);
  return paged(
    call,
    repositories,
    (repository) => renderRepository(world, repository),
    (rendered, total) => ({
      ...(counted('repositories')(rendered, total) as object),
      repository_selection: 'selected',
    }),
  );
};

const renderDelivery = (delivery: Delivery) => ({
  id: delivery.id,
  guid: delivery.guid,
  delivered_at: delivery.deliveredAt.toISOString(),
  redelivery: delivery.redelivery,
  duration: delivery.duration,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installationId,
  repository_id: delivery.repositoryId,
  throttled_at: null,
});

const ok = ({ statusCode }: Delivery): boolean => statusCode >= 200 && statusCode < 400;

/** Newest first, by cursor. */
const listDeliveries = (call: Call): Reply => {
  const app = asking(call);
  const { perPage } = pageOf(call);
  const cursor = call.query.get('cursor');
  const wanted = call.query.get('status');
  const before = cursor === null ? Infinity : Number(/^v1_(\d+)$/.exec(cursor)?.[1] ?? Number.NaN);
  if (Number.isNaN(before)) throw unprocessable(`Invalid cursor: ${cursor}`);
  const found = call.world.state.deliveries
    .filter((one) => one.app === app && one.id < before && (wanted === null || ok(one) === (wanted === 'success')))
    .toSorted((a, b) => b.id - a.id);
  const shown = found.slice(0, perPage);
  const query = new URLSearchParams(call.query);
  query.set('cursor', `v1_${shown.at(-1)?.id ?? 0}`);
  const link = found.length > perPage ? { link: `<${call.world.urls.api}${call.path}?${query}>; rel="next"` } : {};
  return json(200, shown.map(renderDelivery), link);
};

const deliveryNamed = (call: Call): Delivery => {
  const id = Number(call.param('delivery_id'));
  const app = asking(call);
  const found = call.world.state.deliveries.find((one) => one.id === id && one.app === app);
  if (!found) throw notFound();
  return found;
};

const getDelivery = (call: Call): Reply => {
  const delivery = deliveryNamed(call);
  return json(200, {
    ...renderDelivery(delivery),
    delivered_at: time(delivery.deliveredAt),
    url: delivery.url,
    request: { headers: delivery.request.headers, payload: JSON.parse(delivery.request.payload) as unknown },
    response: delivery.response,
  });
};

const attemptAgain = (call: Call): Reply => {
  call.world.background(redeliver(call.world, deliveryNamed(call)));
  return json(202, {});
};

const convertManifest = (call: Call): Reply => {
  const { world } = call;
  const manifest = world.state.manifests.get(call.param('code'));
  if (!manifest) throw notFound();
  // A code is good once.
  world.state.manifests.delete(call.param('code'));
  const hook = manifest['hook_attributes'] as { url?: string } | undefined;
  const app = createApp(world, {
    name: String(manifest['name'] ?? 'App'),
    description: String(manifest['description'] ?? ''),
    permissions: (manifest['default_permissions'] ?? {}) as Permissions,
    events: (manifest['default_events'] ?? []) as string[],
    webhookUrl: hook?.url,
  });
  return json(201, {
    ...renderApp(world, app),
    client_id: app.clientId,
    client_secret: app.clientSecret,
    webhook_secret: app.webhookSecret,
    pem: app.privateKey,
  });
};

export const appRoutes = [
  route('GET /app', 'jwt', (call) =>
    json(200, { ...renderApp(call.world, asking(call)), installations_count: installationsOf(call).length }),
  ),
  route('GET /app/installations', 'jwt', (call) =>
    paged(call, installationsOf(call), (installation) => renderInstallation(call.world, installation)),
  ),
  route('GET /app/installations/{installation_id}', 'jwt', (call) =>
    json(200, renderInstallation(call.world, installationNamed(call))),
  ),
  route('POST /app/installations/{installation_id}/access_tokens', 'jwt', createToken),
  route('GET /repos/{owner}/{repo}/installation', 'jwt', repositoryInstallation),
  route('GET /orgs/{org}/installation', 'jwt', ownerInstallation('org')),
  route('GET /users/{username}/installation', 'jwt', ownerInstallation('username')),
  route('GET /installation/repositories', 'token', installationRepositories),
  route('GET /app/hook/deliveries', 'jwt', listDeliveries),
  route('GET /app/hook/deliveries/{delivery_id}', 'jwt', getDelivery),
  route('POST /app/hook/deliveries/{delivery_id}/attempts', 'jwt', attemptAgain),
  route('POST /app-manifests/{code}/conversions', 'anyone', convertManifest),
];
