import type { DeployFate, Harness } from '../../provider-kit/conformance.ts';
import { startFakeEngine, type Course } from './fake.ts';
import { provider } from './provider.ts';

const starting = { Status: 'running', Health: { Status: 'starting' } } as const;
const healthy = { Status: 'running', Health: { Status: 'healthy' } } as const;

const COURSE: Record<DeployFate, Course> = {
  live: [starting, starting, healthy],
  fails: [starting, { Status: 'exited', ExitCode: 1 }],
  hangs: [starting],
  'unknown-word': [{ Status: 'thawing' }, { Status: 'thawing' }, { Status: 'running' }],
  'unknown-for-ever': [{ Status: 'thawing' }],
};

const DIGEST = `sha256:${'a1'.repeat(32)}`;

const SPEC = {
  source: { image: `ghcr.io/acme/api@${DIGEST}` },
  port: 8080,
  env: { LOG_LEVEL: 'info' },
  health: { path: '/healthz', timeoutSeconds: 10, graceSeconds: 30 },
  replicas: 1,
  domains: [],
};

/** The containers of the fake listen on real ports: others for each process that runs the suite. */
export const harness: Harness = {
  provider: provider as Harness['provider'],
  examples: {
    service: {
      spec: SPEC,
      changed: { ...SPEC, source: { dir: 'app', dockerfile: 'Dockerfile' } },
      files: { Dockerfile: 'FROM scratch\nCOPY api /\nCMD ["/api"]\n', api: 'a program' },
    },
  },
  specifications: [
    { file: 'docker/swagger-v1.41.json', base: '/v1.41', spanning: ['name'] },
    // Which versions there are is asked without one.
    { file: 'docker/swagger-v1.41.json', base: '' },
  ],
  deviations: [
    {
      match: /^POST \/v1\.41\/(images\/create|build) -> 200: response 200: is answered without a body/,
      because: 'engines tell how a pull or a build goes as a stream of objects, errors too',
      source: 'https://github.com/moby/moby/blob/v20.10.24/api/server/router/image/image_routes.go',
    },
    {
      match: /^POST \/v1\.41\/build .*application\/x-tar is not among application\/octet-stream/,
      because: 'the header that the operation itself names can only be application/x-tar',
      source: 'https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageBuild',
    },
    {
      match: /\/logs -> 200: response 200: application\/octet-stream is not among/,
      because: 'before API 1.42 the frames of a log had no media type of their own, and Podman says octet-stream',
      source: 'https://docs.docker.com/reference/api/engine/version-history/#v142-api-changes',
    },
    {
      match: /\/json -> 200: response 200 State(\.Status)?: .*thawing/,
      because: 'the suite asks what comes of a word that no engine has yet',
      source: 'https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerInspect',
    },
  ],
  skips: {},
  async start() {
    const engine = await startFakeEngine();
    engine.images.registries.set('ghcr.io/acme/api', `sha256:${'b2'.repeat(32)}`);
    // There already, so that the first thing made is the container.
    engine.images.byId.set(DIGEST, { id: DIGEST, tags: [], digests: [SPEC.source.image], labels: {} });
    engine.course = COURSE.live;
    const from = 20_000 + (process.pid % 50) * 100;
    const auth = Buffer.from('acme-reader:token-5e0d9b').toString('base64');
    const named = (name: string) =>
      [...engine.containers.values()].filter((container) => container.name.startsWith(name));
    return {
      account: {
        options: { engine: engine.url.replace('http', 'tcp'), ports: `${from}-${from + 99}` },
        credentials: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { 'ghcr.io': { auth } } }) },
        home: '',
        delay: () => Promise.resolve(),
      },
      server: engine,
      // Those that were before and are kept for going back do not run.
      count: async ({ identity }) => named(identity).filter(({ name }) => !name.includes('-was-')).length,
      drift: async ({ identity }) => engine.tamper(identity, { Memory: 64_000_000 }),
      foreign: async ({ identity }) => {
        engine.images.byId.set('sha256:0', { id: 'sha256:0', tags: ['others:1'], digests: [], labels: {} });
        const HostConfig = { PortBindings: {}, RestartPolicy: { Name: '' }, Memory: 0, NanoCpus: 0 };
        await fetch(`${engine.url}/v1.41/containers/create?name=${identity}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            Image: 'others:1',
            Env: [],
            Labels: { team: 'others' },
            ExposedPorts: {},
            HostConfig,
          }),
        });
      },
      fate: (fate) => void (engine.course = COURSE[fate]),
      stop: () => engine.stop(),
    };
  },
};
