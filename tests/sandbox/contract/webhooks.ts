import { verify } from '@octokit/webhooks-methods';
import { expect, test } from 'vitest';
import { validateWebhook } from '../validate-webhook.ts';
import { type ContractWorld, repository, webhookEvents } from './world.ts';

/** Webhooks, their deliveries and their redelivery. */
export const webhooksContract = (world: () => ContractWorld): void => {
  test('webhooks are signed, described by GitHub, listed and sent again under the same GUID', async () => {
    const { github, hooks, app, installation } = world();
    hooks.failNext();
    const before = hooks.received.length;
    await installation.request('POST /repos/{owner}/{repo}/issues', { ...repository, title: 'One more' });
    await github.settled();
    const first = hooks.received[before]!;
    expect(first.headers).toMatchObject({ 'x-github-event': 'issues', 'content-type': 'application/json' });
    expect(await verify('it is known', first.body, String(first.headers['x-hub-signature-256']))).toBe(true);

    const { data: deliveries } = await app.request('GET /app/hook/deliveries', { per_page: 100, status: 'failure' });
    expect(deliveries).toMatchObject([{ status_code: 500, guid: first.headers['x-github-delivery'] }]);
    const failed = { delivery_id: Number(deliveries[0]!.id) };
    const { data: detail } = await app.request('GET /app/hook/deliveries/{delivery_id}', failed);
    expect(detail.request.payload).toMatchObject({ action: 'opened' });
    await app.request('POST /app/hook/deliveries/{delivery_id}/attempts', failed);
    await github.settled();
    const again = hooks.received.at(-1)!;
    expect(again.headers['x-github-delivery']).toBe(first.headers['x-github-delivery']);
    expect(again.body).toBe(first.body);

    const violations = hooks.received.flatMap(({ headers, body }) =>
      validateWebhook(String(headers['x-github-event']), JSON.parse(body)),
    );
    expect([...new Set(violations)]).toEqual([]);
    const events = new Set(hooks.received.map(({ headers }) => String(headers['x-github-event'])));
    expect([...events].toSorted()).toEqual([...webhookEvents, 'installation'].toSorted());
  });
};
