import { createLimiter } from '../../model/limiter.ts';
import type { Desired, Found as Surveyed, Observed } from '../../provider-kit/provider.ts';
import { foundEnv, goneMeanwhile, leftOf, literal, refuseOthers, settingsOf } from '../../provider-kit/survey.ts';
import type { App, Definition, Deployment, KoyebReader, KoyebWriter } from './api.ts';
import { find, isOurs, open, type Found } from './found.ts';
import { isMarkVariable, markOf, markVariables } from './mark.ts';
import { isLeaving, isPaused } from './phase.ts';
import { REGIONS, regionOf } from './regions.ts';

export async function survey(koyeb: KoyebReader): Promise<Surveyed[]> {
  const [apps, services] = await Promise.all([koyeb.apps(), koyeb.services()]);
  const limited = createLimiter(4);
  return Promise.all(
    apps
      .filter(({ status }) => !isLeaving(status))
      .flatMap((app) => {
        const own = services.filter(({ app_id, status }) => app_id === app.id && !isLeaving(status));
        return own.map((service) =>
          limited(async () => surveyed(app, await open(koyeb, app, service), own.length === 1)),
        );
      }),
  );
}

/**
 * Deploys the definition that it has once more, with the mark in it and without building anew: Koyeb keeps no note of a
 * service but in what it deploys. `live` waits for that.
 */
export async function adopt(
  koyeb: KoyebWriter,
  desired: Desired,
  observe: (found: Found) => Observed,
  live: (id: string, deployment: Deployment) => Promise<Observed>,
): Promise<Observed> {
  const { found } = await find(koyeb, desired);
  const latest = found?.serving ?? found?.latest;
  if (!found || !latest) throw goneMeanwhile(desired);
  refuseOthers(ownerOf(found), desired);
  if (isOurs(found, desired)) return observe(found);
  const { env = [], git, ...rest } = latest.definition;
  const marks = Object.entries(markVariables(desired)).map(([key, value]) => ({ key, value }));
  const definition = {
    ...rest,
    env: [...env.filter(({ key }) => !isMarkVariable(key)), ...marks],
    ...(git ? { git: { ...git, no_deploy_on_push: true } } : {}),
  } as unknown as Definition;
  const { id, latest_deployment_id: started } = await koyeb.updateService(found.service.id, definition, {
    skip_build: Boolean(git),
  });
  return live(id, await koyeb.deployment(started!));
}

function ownerOf({ serving, latest }: Found): Surveyed['owner'] {
  const shown = serving ?? latest;
  const mark = shown && markOf(shown);
  if (!mark) return null;
  const { fleet, environment, address } = mark;
  return { fleet, environment, address };
}

function surveyed(app: App, found: Found, isOnly: boolean): Surveyed {
  const { service } = found;
  const definition = (found.serving ?? found.latest)?.definition ?? {};
  const { env = [], regions, scalings, ports, routes, health_checks: checks, instance_types: types, git } = definition;
  const own = env.filter(({ key }) => !isMarkVariable(key) && key !== 'PORT');
  const [port, ...otherPorts] = ports ?? [];
  const check = checks?.find(({ http }) => http?.path)?.http?.path;
  const [scaling] = scalings ?? [];
  const [region, ...otherRegions] = regions ?? [];
  const host = app.domains?.find(({ type }) => type === 'AUTOASSIGNED')?.name;
  const replicas = scaling?.min ?? 1;
  const instance = types?.[0]?.type;
  const cannot = whyNot(found, isOnly, region);
  return {
    id: service.id,
    // The app is what has the address, and what it is found by.
    name: app.name,
    ...(host ? { url: `https://${host}` } : {}),
    owner: ownerOf(found),
    settings: settingsOf({
      source: sourceOf(definition),
      ...(port?.port ? { port: port.port } : {}),
      env: foundEnv(Object.fromEntries(own.map(({ key, value }) => [key, value ?? null]))),
      ...(check ? { health: { path: check } } : {}),
      ...(replicas > 1 ? { replicas } : {}),
      ...(region === undefined || region === regionOf(undefined) ? {} : { place: { region } }),
    }),
    ...(git?.sha ? { commit: git.sha } : {}),
    ...(git && !git.sha ? { untold: 'Koyeb does not tell which commit runs' } : {}),
    left: leftOf([
      [
        'instance_types',
        instance === 'free' ? '' : instance,
        'say it as instance: of the account, for all of its services',
      ],
      ['scalings', scaling?.min !== scaling?.max && scaling, 'there is a fixed number of replicas, at least one'],
      ['ports', otherPorts, 'a service has one port'],
      ['regions', otherRegions, 'a service is in one region'],
      ['routes', routes?.filter(({ path }) => path !== '/'), 'a service has all of its paths'],
      ['paused', isPaused(service.status), 'the next plan resumes it'],
      ['branch', git?.branch, 'a commit of the environment’s branch is what is deployed'],
    ]),
    ...(cannot ? { cannot } : {}),
  };
}

function whyNot({ serving, latest }: Found, isOnly: boolean, region: string | undefined): string | undefined {
  const definition = (serving ?? latest)?.definition;
  if (!definition) return 'nothing of it was deployed';
  if (!isOnly) return 'its app has several services, and here an app is one service';
  if (!definition.docker && !definition.git) return 'it is made neither from an image nor from git';
  if (definition.volumes?.length) return 'it has volumes, which a deployment from here would not keep';
  return region === undefined || REGIONS.includes(region) ? undefined : `the region ${region} is not offered here`;
}

function sourceOf({ docker, git }: Deployment['definition']) {
  if (docker?.image) return { image: docker.image, ...wordsOf(docker) };
  const dir = git?.workdir?.replace(/^\/+|\/+$/g, '') || '.';
  const { dockerfile } = git?.docker ?? {};
  if (git?.docker) return { dir, dockerfile: dockerfile || 'Dockerfile', ...wordsOf(git.docker) };
  const { build_command: build, run_command: run } = git?.buildpack ?? {};
  return { dir, ...(build ? { build: literal(build) } : {}), ...(run ? { command: literal(run) } : {}) };
}

function wordsOf({ command, args = [] }: { command?: string | undefined; args?: string[] | undefined }) {
  return command ? { command: [command, ...args] } : {};
}
