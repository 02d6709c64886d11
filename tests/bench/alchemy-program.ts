/** What `create.ts` times beside us: alchemy creating services at the pretend cloud. Arguments: alchemy's folder, the cloud's URL, how many. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Alchemy {
  default(app: string, options: object): Promise<{ finalize(): Promise<void> }>;
  Resource<Props>(
    type: string,
    handler: (this: (output: object) => object, id: string, props: Props) => Promise<object>,
  ): (id: string, props: Props) => Promise<object>;
}

const [folder = '', endpoint = '', count = '0'] = process.argv.slice(2);
const { default: alchemy, Resource } = (await import(
  pathToFileURL(join(folder, 'lib/index.js')).href
)) as unknown as Alchemy;

const Service = Resource<{ image: string }>('bench::Service', async function (id, { image }) {
  const response = await fetch(`${endpoint}/v1/resources`, {
    method: 'POST',
    body: JSON.stringify({
      kind: 'service',
      name: id,
      title: id,
      region: 'eu',
      labels: {},
      replicas: 1,
      settings: { source: { image } },
      env: {},
      files: null,
    }),
  });
  if (!response.ok) throw new Error(`the cloud answered ${response.status}`);
  return this((await response.json()) as object);
});

const app = await alchemy('bench', { stage: 'production', phase: 'up', quiet: true, noTrack: true });
await Promise.all(Array.from({ length: Number(count) }, (_, n) => Service(`s${n}`, { image: 'nginx' })));
await app.finalize();
