import { imageVariable, providers, readConfig } from '../../index.ts';

/** A service whose folder has to be built into an image before Flotilla runs. */
export interface ServiceToBuild {
  name: string;
  folder: string;
  dockerfile: string;
}

/** The config's services that are made from a folder and may be placed where only images run. */
export async function servicesToBuild(configText: string): Promise<ServiceToBuild[]> {
  const config = await readConfig(new Map([['flotilla.yml', configText]]));
  const accounts = Object.entries(config.providers);
  const only = await Promise.all(
    accounts.map(async ([account, { type }]) => {
      const service = providers.types.includes(type) ? (await providers.load(type)).kinds.service : undefined;
      return service?.supported && service.onlyImages ? [account] : [];
    }),
  );
  const imagesOnly = new Set(only.flat());
  return Object.entries(config.resources.service).flatMap(([name, { spec, place }]) => {
    const { image, dir = '.', dockerfile = 'Dockerfile' } = spec['source'] as Record<string, string>;
    const places = place.on ?? accounts.map(([account]) => account);
    return image === undefined && places.some((account) => imagesOnly.has(account))
      ? [{ name, folder: dir, dockerfile }]
      : [];
  });
}

const STEP = '      - id: api\n';
const OUTPUT = '      api: ${{ steps.api.outputs.image }}\n';
const FLEET = "  fleet:\n    if: github.event_name != 'pull_request'\n";

/** The workflow with the job that builds these services' images, as `templates/images-job.yml` shows it for one. */
export function withImagesJob(workflow: string, template: string, services: readonly ServiceToBuild[]): string {
  if (services.length === 0) return workflow;
  const job = template.slice(template.indexOf('  images:\n'));
  const [head = '', step = ''] = job.split(STEP);
  const outputs = services.map(({ name }) => `      ${name}: \${{ steps.${name}.outputs.image }}\n`).join('');
  const steps = services.map(
    ({ name, folder, dockerfile }) =>
      `      - id: ${name}\n${step.replace(/env: \{.*\}/, () => env(name, folder, dockerfile))}`,
  );
  const handed = services.map(({ name }) => `      ${imageVariable(name)}: \${{ needs.images.outputs.${name} }}\n`);
  const fleet = [
    '  fleet:\n    needs: images\n',
    "    if: ${{ !cancelled() && !failure() && github.event_name != 'pull_request' }}\n",
    `    env:\n${handed.join('')}`,
  ].join('');
  const images = `${head.replace(OUTPUT, () => outputs)}${steps.join('')}`;
  return workflow.replace(FLEET, () => `${images}\n${fleet}`);
}

function env(name: string, folder: string, dockerfile: string): string {
  return `env: ${JSON.stringify({ SERVICE: name, FOLDER: folder, DOCKERFILE: dockerfile })}`;
}
