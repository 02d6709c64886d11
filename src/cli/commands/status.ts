import { join, resolve } from 'node:path';
import {
  DEFAULT_ENVIRONMENT,
  renderStatus,
  secretName,
  status,
  statusPages,
  type RecordedState,
  type SecretAddress,
  writePages,
} from '../../index.ts';
import { openFleet, type Fleet } from '../open-fleet.ts';
import type { Result, Run, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export const run: Run = async (session) => {
  const fleet = await openFleet(session);
  const html = session.flags.text('html');
  if (html !== undefined) return pages(session, fleet, html);
  if (session.flags.on('visitors')) throw new UsageError('--visitors is for --html DIR', 'say where the pages go');
  const names = await environmentNames();
  const states = await Promise.all(names.map(async (name) => ({ name, state: await status(name, fleet) })));
  const now = fleet.clock.now().getTime();
  const { console } = session;
  return {
    exit: 0,
    document: { environments: states.map(({ name, state }) => documentOf(name, state)) },
    text: console
      .masked(states)
      .map(({ name, state }) => renderStatus(name, state, console.look, now))
      .join('\n'),
  };

  /** The one asked for, else all that were ever applied. */
  async function environmentNames(): Promise<string[]> {
    if (session.environment !== undefined) return [session.environment];
    const { environments } = await status(DEFAULT_ENVIRONMENT, fleet);
    return environments.length > 0 ? environments : [DEFAULT_ENVIRONMENT];
  }
};

/** Static files: any host serves them. */
async function pages({ cwd, environment, flags }: Session, fleet: Fleet, html: string): Promise<Result> {
  const folder = resolve(cwd, html);
  const audience = flags.on('visitors') ? 'visitors' : 'operators';
  const files = await statusPages(
    { commit: fleet.commit, environment: environment ?? DEFAULT_ENVIRONMENT, audience },
    fleet,
  );
  await writePages(folder, files);
  const names = [...files.keys()];
  return {
    exit: 0,
    document: { folder, files: names },
    text: `${names.length} files in ${html}: open ${join(html, 'index.html')}\n`,
  };
}

function documentOf(environment: string, { environment: facts, resources, secrets }: RecordedState) {
  return {
    environment,
    fleet: facts?.fleet ?? null,
    commit: facts?.commit ?? null,
    applied: facts?.applied ?? null,
    outcome: facts?.outcome ?? null,
    lease: facts?.lease ?? null,
    secrets: [...secrets.values()].flatMap(({ address, instances }) =>
      Object.entries(instances)
        .filter(([, { phase }]) => phase !== 'removed')
        .map(([value, { deployments, error }]) => ({
          secret: secretName(address as SecretAddress),
          value,
          changed: deployments[0]?.at ?? null,
          error,
        })),
    ),
    resources: [...resources.values()].flatMap(({ address, instances }) =>
      Object.entries(instances).map(
        ([provider, { phase, region, replicas, outputs, hash, heldBack, error, deployments }]) => ({
          resource: address,
          provider,
          phase,
          region,
          replicas,
          outputs,
          hash,
          heldBack,
          error,
          deployments: deployments.map(({ id, hash, commit, at }) => ({ id, hash, commit, at })),
        }),
      ),
    ),
  };
}
