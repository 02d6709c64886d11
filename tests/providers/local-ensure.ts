/** A process that ensures a service as the CLI would, printing what it is told: `local-ensure.ts <home> <hash> <spec>`. */
import { setTimeout as wait } from 'node:timers/promises';
import { targetOf } from '../../src/provider-kit/identity.ts';
import { provider } from '../../src/providers/local/provider.ts';
import type { Handler } from '../../src/provider-kit/provider.ts';
import type { LocalReader, LocalWriter } from '../../src/providers/local/client.ts';

const [home = '', hash = '', spec = '{}', server = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const delay = async (milliseconds: number): Promise<void> => void (await wait(milliseconds));
const writer = provider.writer({ name: 'local', options: {}, credentials: {}, home, signal, delay });
const handler = provider.handlers.service as Handler<LocalReader, LocalWriter>;
const say = (message: string): void => void process.stdout.write(`${message}\n`);
const source = {
  dir: 'app',
  tree: 'tree',
  async materialise(into: string) {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${into}/server.cjs`, server);
  },
};
const target = targetOf('acme', 'production', 'service/main');
const desired = { ...target, spec: JSON.parse(spec), hash, replicas: 2, commit: null, source };
say('begin');
const made = await handler.ensure(writer, desired, { signal, progress: say });
say(`done ${made.phase} ${made.outputs.url}`);
