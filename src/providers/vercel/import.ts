import { createLimiter } from '../../model/limiter.ts';
import type { Desired, Found, Observed } from '../../provider-kit/provider.ts';
import { foundEnv, goneMeanwhile, leftOf, literal, refuseOthers, settingsOf } from '../../provider-kit/survey.ts';
import type { Project, Variable, VercelReader, VercelWriter } from './api.ts';
import { markText, MARK, placeIn, placeOf, type Place } from './mark.ts';

export async function survey(api: VercelReader): Promise<Found[]> {
  const projects = await api.projects();
  const limited = createLimiter(8);
  return Promise.all(projects.map((project) => limited(() => surveyed(api, project))));
}

/** Marks the project by a variable and has Vercel ignore commits; neither deploys. The caller says what it has become. */
export async function adopt(
  api: VercelWriter,
  desired: Desired,
  observe: (project: Project) => Promise<Observed>,
  isIgnoring: (project: Project) => boolean,
): Promise<Observed> {
  const project = await api.project(desired.identity);
  if (!project) throw goneMeanwhile(desired);
  const owner = ownerOf(project, await api.variables(project.id));
  refuseOthers(owner, desired);
  if (!owner) await api.mark(project.id, markText(desired));
  if (isIgnoring(project)) return observe(project);
  return observe(await api.ignoreCommits(project.id));
}

/** Whether a project that bears no deployment of ours was imported by us. */
export async function isImported(api: VercelReader, { id }: Project, place: Place): Promise<boolean> {
  const owner = markedBy(await api.variables(id));
  return owner?.fleet === place.fleet && owner.environment === place.environment && owner.address === place.address;
}

function ownerOf({ targets }: Project, variables: Variable[]): Found['owner'] {
  return placeOf(targets?.['production']?.meta) ?? markedBy(variables);
}

function markedBy(variables: Variable[]): Found['owner'] {
  return placeIn(variables.find(({ key }) => key === MARK)?.value) ?? null;
}

async function surveyed(api: VercelReader, project: Project): Promise<Found> {
  const [variables, domains] = await Promise.all([api.variables(project.id), api.domains(project.id)]);
  const { id, name, rootDirectory, buildCommand, outputDirectory, framework } = project;
  const own = domains.map((domain) => domain.name).filter((domain) => !domain.endsWith('.vercel.app'));
  const host = domains.find((domain) => domain.name.endsWith('.vercel.app'))?.name ?? `${name}.vercel.app`;
  const seen = variables.filter(({ key, target }) => key !== MARK && [target].flat().includes('production'));
  const unseen = variables.filter(({ target }) => ![target].flat().includes('production'));
  const owner = ownerOf(project, variables);
  const isDeployed = placeOf(project.targets?.['production']?.meta) !== undefined;
  return {
    id,
    name,
    url: `https://${host}`,
    owner,
    settings: settingsOf({
      dir: rootDirectory || '.',
      ...(buildCommand ? { build: literal(buildCommand) } : {}),
      ...(outputDirectory ? { output: outputDirectory } : {}),
      env: foundEnv(
        Object.fromEntries(seen.map(({ key, value, type }) => [key, type === 'plain' ? (value ?? null) : null])),
      ),
      domains: own,
    }),
    ...(isDeployed ? {} : { untold: 'Vercel does not tell which files it serves: they are built here and sent' }),
    left: leftOf([
      ['framework', framework, 'it is built here, by the build command, and served as files: no functions run'],
      ['git', project.link, 'Vercel is told to ignore commits: pushes to the environment’s branch deploy'],
      ['other variables', unseen.map(({ key }) => key), 'they are not for production'],
    ]),
  };
}
