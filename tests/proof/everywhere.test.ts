/** The same small fleet at every provider in one run. */
import { expect, onTestFinished, test } from 'vitest';
import { apply, plan, type OnProgress, type Outcome } from '../../src/index.ts';
import { KINDS, type JsonObject } from '../../src/model/resource.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import { temporaryRepository } from '../record/temporary-repository.ts';
import { portsOf, providersSection, startProviders, type FakeProvider } from './fake-providers.ts';
import { requestFor } from './world.ts';

test('a service and a site at every provider: live, then unchanged, then gone', async () => {
  const fakes = await startProviders();
  onTestFinished(async () => void (await Promise.all(fakes.map(({ world }) => world.stop()))));
  using repository = temporaryRepository();
  const fleet = fleetOf(fakes);
  const commit = repository.commit({ ...filesOf(fakes), 'flotilla.yml': JSON.stringify(fleet) });
  const spans = createSpans();
  const ports = await portsOf(repository.root, fakes, spans.onProgress);
  const request = requestFor({ commit });
  const addresses = fakes.flatMap(({ type, harness }) => placed(harness).map((kind) => `${kind}/${kind}-${type}`));

  const planned = await plan(request, ports);
  expect(planned.blocks).toEqual([]);
  expect(planned.steps.map(({ resource, action }) => `${action} ${resource}`).toSorted()).toEqual(
    addresses.map((address) => `create ${address}`).toSorted(),
  );
  const before = requests(fakes);
  const deployed = await apply(request, ports);
  expect(failures(deployed)).toEqual([]);
  expect(deployed.result).toBe('succeeded');
  const used = requests(fakes).map((count, index) => count - before[index]!);
  for (const address of addresses) expect(deployed.outputs[address]?.['url']).toMatch(/^https?:\/\//);
  console.log(tableOf(fakes, spans, used));

  expect((await plan(request, ports)).steps).toEqual([]);
  expect((await apply(request, ports)).result).toBe('unchanged');

  const gone = await apply({ ...request, intent: { kind: 'destroy' } }, ports);
  expect(failures(gone)).toEqual([]);
  expect(gone.result).toBe('succeeded');
  for (const { type, harness, world } of fakes)
    for (const kind of placed(harness))
      expect(await world.count(targetOf('everywhere', 'production', `${kind}/${kind}-${type}`))).toBe(0);
});

/** Services and sites, where the provider has them. */
function placed({ provider }: FakeProvider['harness']) {
  return KINDS.filter((kind) => (kind === 'service' || kind === 'site') && provider.kinds[kind]?.supported);
}

/** One service and one site for each provider, the same but for what a service is made of: not all take images. */
function fleetOf(fakes: FakeProvider[]): object {
  const services: Record<string, object> = {};
  const sites: Record<string, object> = {};
  for (const { type, harness } of fakes)
    for (const kind of placed(harness)) {
      const place = { on: [type] };
      if (kind === 'site') sites[`site-${type}`] = { dir: 'web', output: 'dist', place };
      else {
        const source = harness.examples.service!.spec['source'] as JsonObject;
        const dir = source['image'] ? {} : { dir: `services/${type}` };
        const made = { source: { ...source, ...dir }, port: 8080, env: { LOG_LEVEL: 'info' }, place };
        services[`service-${type}`] = type === 'local' ? { ...made, port: undefined } : made;
      }
    }
  return { fleet: 'everywhere', providers: providersSection(fakes), services, sites };
}

function filesOf(fakes: FakeProvider[]): Record<string, string> {
  const files: Record<string, string> = { 'web/dist/index.html': '<h1>hello</h1>' };
  for (const { type, harness } of fakes)
    for (const [path, text] of Object.entries(harness.examples.service?.files ?? {}))
      files[`services/${type}/${path}`] = text;
  return files;
}

function failures({ steps }: Outcome) {
  return steps.filter(({ result }) => result !== 'succeeded').map(({ step, failure }) => [step.id, failure?.message]);
}

function requests(fakes: FakeProvider[]): number[] {
  return fakes.map(({ world }) => world.server?.calls.length ?? 0);
}

interface Spans {
  /** Milliseconds from the start of a provider's first step to the end of its last. */
  of(type: string): number;
  onProgress: OnProgress;
}

function createSpans(): Spans {
  const started = new Map<string, number>();
  const ended = new Map<string, number>();
  return {
    of: (type) => (ended.get(type) ?? 0) - (started.get(type) ?? 0),
    onProgress(progress) {
      if (progress.kind !== 'step') return;
      const type = progress.id.slice(progress.id.indexOf('@') + 1);
      if (progress.state === 'started' && !started.has(type)) started.set(type, performance.now());
      if (progress.state === 'succeeded') ended.set(type, performance.now());
    },
  };
}

function tableOf(fakes: FakeProvider[], spans: Spans, used: number[]): string {
  const rows = fakes.map(({ type, harness, world }, index) => [
    type,
    placed(harness).join(' + '),
    spans.of(type).toFixed(0),
    world.server ? String(used[index]) : 'none',
  ]);
  const all = [['provider', 'made', 'wall ms', 'API requests'], ...rows];
  return all
    .map((row) =>
      row
        .map((cell) => cell.padEnd(18))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
