import { ConflictError } from '../../model/errors.ts';
import type { Desired, Found as Surveyed, Observed } from '../../provider-kit/provider.ts';
import { foundEnv, goneMeanwhile, leftOf, literal, refuseOthers, settingsOf } from '../../provider-kit/survey.ts';
import type { NamedPlace, Place, RailwayReader, RailwayWriter } from './api.ts';
import { details, type Found } from './find-services.ts';
import { REGIONS } from './regions.ts';
import { addressOf, importMarks, isProjectOf, ownerOf, projectMark, serviceName } from './service-settings.ts';

/** Services of every project that the token sees, each in its production environment. */
export async function survey(railway: RailwayReader): Promise<Surveyed[]> {
  const places = await railway.places(() => true);
  const found = places.map(async (place) => {
    const services = await details(railway, place, place.instances);
    return services.map((service) => surveyed(place, service));
  });
  return (await Promise.all(found)).flat();
}

/**
 * Marks the service by its variables, none of which deploys, and its project as the fleet's where that has none yet: a
 * service cannot change its project. The caller says what it has become.
 */
export async function adopt(
  railway: RailwayWriter,
  desired: Desired,
  observe: (found: Found) => Observed,
): Promise<Observed> {
  const { place, found, home } = await look(railway, desired);
  refuseOthers(ownedBy(found), desired);
  if (home && home.project !== place.project)
    throw new ConflictError(
      `"${desired.identity}" is in the project ${place.name}, and what is this fleet's is in ${home.name}: a service cannot change its project`,
      { mend: 'describe it in flotilla.yml, have it made anew, and remove the old one' },
    );
  const other = home
    ? undefined
    : /^Made by Flotilla for (.+), (.+)\. It is found by this text\.$/m.exec(place.description);
  if (other)
    throw new ConflictError(`the project ${place.name} is that of fleet ${other[1]}, environment ${other[2]}`, {
      mend: 'choose another',
    });
  if (ownedBy(found) === null) {
    const description = home ? undefined : [place.description, projectMark(desired)].filter(Boolean).join('\n');
    const { serviceId, source } = found.instance;
    await railway.adopt(place, serviceId, importMarks(desired), { description, autoDeployOff: Boolean(source?.repo) });
  }
  return observe((await look(railway, desired)).found);
}

/** @throws ConflictError when no service has the name, or several. */
async function look(
  railway: RailwayReader,
  desired: Desired,
): Promise<{ place: NamedPlace; found: Found; home?: NamedPlace }> {
  const places = await railway.places(() => true);
  const name = serviceName(desired.identity);
  const home = places.find(({ description }) => isProjectOf(description, desired));
  const fitting = places.flatMap((place) =>
    place.instances.flatMap((instance) => (instance.serviceName === name ? [{ place, instance }] : [])),
  );
  const [first, second] = fitting;
  if (!first) throw goneMeanwhile(desired);
  if (second)
    throw new ConflictError(`Railway has several services called "${name}"`, {
      mend: `rename all but one: they are in ${fitting.map(({ place }) => place.name).join(', ')}`,
    });
  const [found] = await details(railway, first.place, [first.instance]);
  return { place: first.place, found: found!, ...(home ? { home } : {}) };
}

function ownedBy({ variables }: Found): Surveyed['owner'] {
  const [owner, address] = [ownerOf(variables), addressOf(variables)];
  return owner && address ? { ...owner, address } : null;
}

function surveyed(place: Place, found: Found): Surveyed {
  const { instance, variables, serving } = found;
  const [domain, ...others] = instance.domains.serviceDomains;
  const env = Object.entries(variables).filter(([name]) => !/^(FLOTILLA|RAILWAY)_|^PORT$/.test(name));
  const port = domain?.targetPort ?? Number(variables['PORT'] ?? 0);
  const { numReplicas, region, healthcheckPath, source } = instance;
  const isKnown = region && REGIONS.includes(region);
  return {
    id: instance.serviceId,
    name: instance.serviceName,
    ...(domain ? { url: `https://${domain.domain}` } : {}),
    owner: ownedBy(found),
    settings: settingsOf({
      source: sourceOf(found),
      ...(port ? { port } : {}),
      env: foundEnv(Object.fromEntries(env)),
      ...(healthcheckPath ? { health: { path: healthcheckPath } } : {}),
      ...(numReplicas && numReplicas > 1 ? { replicas: numReplicas } : {}),
      ...(isKnown ? { place: { region } } : {}),
    }),
    ...(source?.image ? {} : { untold: 'Railway is not asked which commit runs' }),
    left: leftOf([
      ['region', region && !isKnown && region, 'it is not offered here; it stays as it is'],
      ['other domains', others.map((one) => one.domain), 'one is known here; they stay as they are'],
      ['project', place.environment, 'its volumes, networks and databases stay in it as they are'],
    ]),
    ...(serving ? {} : { cannot: 'nothing of it is live' }),
  };
}

function sourceOf({ instance }: Found) {
  const { source, rootDirectory, dockerfilePath, buildCommand, startCommand } = instance;
  // Words are sent as words: a line for the shell would be another command.
  const isPlain = startCommand && /^[\w@%+=:,./ -]+$/.test(startCommand);
  const command = startCommand ? { command: isPlain ? startCommand.trim().split(/ +/) : literal(startCommand) } : {};
  if (source?.image) return { image: source.image, ...command };
  return {
    dir: rootDirectory?.replace(/^\/+/, '') || '.',
    ...(dockerfilePath ? { dockerfile: dockerfilePath } : {}),
    ...(buildCommand ? { build: literal(buildCommand) } : {}),
    ...command,
  };
}
