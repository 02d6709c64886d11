/** The job that builds images, put into the template workflow as it says, and run with a stand-in for docker. */
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { servicesToBuild } from '../../src/cli/init/images-job.ts';
import { workflowText } from '../../src/cli/init/templates.ts';
import type { RunRequest } from '../../src/sandbox/github/workflow-runner.ts';
import { bareRepository, printed, start, temporaryFolder, writeFiles } from '../sandbox/runner-fixture.ts';

const root = join(import.meta.dirname, '../..');
const textOf = (name: string) => readFileSync(join(root, 'src/templates', name), 'utf8');
const DIGEST = `sha256:${'d'.repeat(64)}`;

/** Keeps what it was asked, and says what it built where it is told to. */
const DOCKER = `#!/bin/sh
echo "docker $*" >> "$DOCKER_CALLS"
[ "$1" = login ] && cat > /dev/null
while [ $# -gt 0 ]; do
  [ "$1" = --metadata-file ] && echo '{ "containerimage.config.digest": "sha256:0", "containerimage.digest": "${DIGEST}" }' > "$2"
  shift
done
[ -z "$DOCKER_FAILS" ]
`;

type Workflow = { jobs: Record<string, Record<string, unknown>> };

/** The template with the job, and with the lines that the job's comment gives for `fleet`. */
function workflow(): string {
  const [template, images] = [parse(textOf('workflow.yml')), parse(textOf('images-job.yml'))] as [Workflow, Workflow];
  const lines = textOf('images-job.yml').match(/^# {3}(needs|if|env): .*$/gm) ?? [];
  const added = parse(lines.map((line) => line.slice(4)).join('\n')) as Record<string, unknown>;
  expect(Object.keys(added)).toEqual(['needs', 'if', 'env']);
  const fleet = { ...template.jobs['fleet'], ...added };
  return stringify({ ...template, jobs: { ...template.jobs, ...images.jobs, fleet } });
}

async function run(change: Partial<RunRequest>, env: Record<string, string> = {}) {
  const [remote, action, bin] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  const sha = bareRepository(remote, { 'flotilla.yml': 'fleet: acme\n', 'services/api/Dockerfile': 'FROM scratch\n' });
  const program = `console.log('image: ' + process.env.FLOTILLA_IMAGE_API);`;
  writeFiles(action, { 'dist/action.js': program, 'package.json': '{"type":"module"}' });
  copyFileSync(join(root, 'action.yml'), join(action, 'action.yml'));
  const calls = join(bin, 'calls.txt');
  writeFiles(bin, { docker: DOCKER, 'calls.txt': '' });
  chmodSync(join(bin, 'docker'), 0o755);
  const { jobs } = await start(
    workflow(),
    { serverUrl: `file://${remote}`, sha, ...change },
    {
      actions: { 'flotilla-dev/flotilla': action },
      env: { PATH: `${bin}:${process.env['PATH']}`, DOCKER_CALLS: calls, ...env },
    },
  ).done;
  const fleet = jobs.find(({ id }) => id === 'fleet')!;
  const handed =
    fleet.conclusion === 'success' ? /image: .*/.exec(printed(fleet, 'Run flotilla-dev/flotilla@v0'))?.[0] : undefined;
  return {
    conclusions: Object.fromEntries(jobs.map(({ id, conclusion }) => [id, conclusion])),
    handed,
    calls: readFileSync(calls, 'utf8').replaceAll(sha, 'SHA').trimEnd().split('\n'),
  };
}

test('a push builds and hands the digest on', async () => {
  const { conclusions, handed, calls } = await run({ event: 'push' });
  expect(conclusions).toEqual({ plan: 'skipped', images: 'success', fleet: 'success' });
  expect(handed).toBe(`image: ghcr.io/acme/fleet/api@${DIGEST}`);
  expect(calls).toEqual([
    'docker login ghcr.io --username ann --password-stdin',
    'docker buildx create --use',
    expect.stringMatching(
      /^docker buildx build --push --platform linux\/amd64 --provenance=false --tag ghcr\.io\/acme\/fleet\/api:SHA --cache-from type=registry,ref=ghcr\.io\/acme\/fleet\/api:cache --cache-to type=registry,ref=ghcr\.io\/acme\/fleet\/api:cache,mode=max --metadata-file \S+\/api\.json --file services\/api\/Dockerfile services\/api$/,
    ),
  ]);
});

test('what is no deployment builds nothing, and the fleet still runs', async () => {
  for (const change of [{ event: 'schedule' }, { event: 'workflow_dispatch', inputs: { command: 'rollback' } }]) {
    const { conclusions, handed, calls } = await run(change);
    expect(conclusions).toEqual({ plan: 'skipped', images: 'skipped', fleet: 'success' });
    expect([handed, calls]).toEqual(['image: ', ['']]);
  }
});

test('a build that fails deploys nothing', async () => {
  const { conclusions } = await run({ event: 'push' }, { DOCKER_FAILS: '1' });
  expect(conclusions).toEqual({ plan: 'skipped', images: 'failure', fleet: 'skipped' });
});

describe('flotilla init', () => {
  const config = `fleet: acme
providers: { fly: {}, render: {} }
services:
  api: { source: { dir: services/api }, place: { on: [fly] } }
  my-mail: { source: { dir: mail, dockerfile: Mail.dockerfile } }
  image: { source: { image: ghcr.io/acme/one }, place: { on: [fly] } }
  elsewhere: { source: { dir: other }, place: { on: [render] } }
`;

  test('knows which services need an image built', async () => {
    expect(await servicesToBuild(config)).toEqual([
      { name: 'api', folder: 'services/api', dockerfile: 'Dockerfile' },
      { name: 'my-mail', folder: 'mail', dockerfile: 'Mail.dockerfile' },
    ]);
    expect(await servicesToBuild('fleet: acme\nservices:\n  api: { source: { dir: api } }\n')).toEqual([]);
  });

  test('writes the job as its comment says it is put there by hand', async () => {
    const api = { name: 'api', folder: 'services/api', dockerfile: 'Dockerfile' };
    expect(parse(await workflowText('main', [api]))).toEqual(parse(workflow()));
    expect(await workflowText('main', [])).toBe(textOf('workflow.yml'));
  });

  test('builds each of several', async () => {
    const { jobs } = parse(await workflowText('main', await servicesToBuild(config))) as Workflow;
    const [, , api, mail] = jobs['images']!['steps'] as { id: string; env: object; run: string }[];
    expect(mail).toMatchObject({
      id: 'my-mail',
      env: { SERVICE: 'my-mail', FOLDER: 'mail', DOCKERFILE: 'Mail.dockerfile' },
    });
    expect(mail!.run).toBe(api!.run);
    expect(jobs['images']!['outputs']).toEqual({
      api: '${{ steps.api.outputs.image }}',
      'my-mail': '${{ steps.my-mail.outputs.image }}',
    });
    expect(jobs['fleet']!['env']).toEqual({
      FLOTILLA_IMAGE_API: '${{ needs.images.outputs.api }}',
      FLOTILLA_IMAGE_MY_MAIL: '${{ needs.images.outputs.my-mail }}',
    });
  });
});
