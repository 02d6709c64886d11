import { actorOf } from './auth.ts';
import type { Trigger } from './occurrence.ts';
import type { App, Installation, Principal, Repository } from './state.ts';
import { eventPayload, send } from './webhooks.ts';
import type { World } from './world.ts';

/** Something that happened in a repository: told to Apps as webhooks, and to workflows. */
export interface Happening {
  repository: Repository;
  event: string;
  action?: string;
  /** The payload's own part; `repository`, `sender` and `installation` are added. Made only if someone listens. */
  payload: () => Record<string, unknown> | Promise<Record<string, unknown>>;
  by: Principal;
  /** Told to this App alone, whether or not it subscribed. */
  onlyTo?: App;
  /** Which commit's workflows are asked, if not the default branch's. */
  trigger?: Trigger;
  /** No workflow is set off by it. */
  quiet?: boolean;
}

const listeners = (world: World, { repository, event, onlyTo }: Happening): Installation[] =>
  [...world.state.installations.values()].filter(
    ({ app, repositoryIds, suspendedAt }) =>
      app.webhookUrl !== undefined &&
      suspendedAt === undefined &&
      repositoryIds.has(repository.id) &&
      (onlyTo ? app === onlyTo : app.events.includes(event)),
  );

/**
 * Announces what happened. The payload shows the state as it is now; webhooks and workflow runs go on in the
 * background.
 */
export const emit = (world: World, happening: Happening): void => {
  const { repository, event, action, by, trigger } = happening;
  const installations = listeners(world, happening);
  const sender = actorOf(world, by);
  let made: Promise<Record<string, unknown>> | undefined;
  const payload = (): Promise<Record<string, unknown>> => (made ??= Promise.resolve(happening.payload()));
  if (installations.length > 0)
    world.background(
      payload().then((own) =>
        Promise.all(
          installations.map((installation) =>
            send(world, { app: installation.app, installation, repository, event, action, payload: own, sender }),
          ),
        ),
      ),
    );
  // What a run's own token does sets off no further runs, save by asking for one: GitHub's guard against loops.
  if (happening.quiet || (by.kind === 'actions' && event !== 'repository_dispatch')) return;
  const whole = async () => eventPayload(world, { repository, sender, action, payload: await payload() });
  world.background(world.workflows.start({ repository, event, action, actor: sender, payload: whole, trigger }));
};
