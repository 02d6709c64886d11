import { body, type Convert } from './converted.ts';
import { parse } from './parse.ts';
import { duration, literal, pathFrom, pathIn } from './values.ts';

/** `railway.json` and `railway.toml`: how one service is built and run; the rest of it is kept at Railway. */
export const fromRailway: Convert = (source) => {
  const root = parse(source.file.endsWith('.toml') ? 'toml' : 'json', source);
  root.ignore('$schema');
  const [build, deploy] = [root.map('build'), root.map('deploy')];
  const { dir, name, found } = source;
  const builder = build.text('builder')?.toUpperCase();
  const docker = builder === 'DOCKERFILE' || build.has('dockerfilePath') || source.beside('Dockerfile') !== undefined;
  const start = deploy.command('startCommand');
  const command = start === undefined ? undefined : typeof start === 'string' ? literal(start) : start.map(literal);
  const path = deploy.text('healthcheckPath');
  const replicas = deploy.number('numReplicas');
  build.drop('watchPatterns', 'a resource is deployed when its folder changes');
  build.drop('nixpacksPlan', 'Nixpacks is not run: say build: and command:');
  build.drop('nixpacksConfigPath', 'Nixpacks is not run: say build: and command:');
  for (const key of ['restartPolicyType', 'restartPolicyMaxRetries'])
    deploy.drop(key, 'providers start a service that ended again by themselves');
  deploy.drop('sleepApplication', 'whether it sleeps is set at the provider');
  deploy.drop('preDeployCommand', 'there is no command before a deployment; a database has migrations:');
  deploy.drop('multiRegionConfig', 'say place.region, or several accounts in place.on with spread: provider');
  root.drop('environments', 'what differs in an environment stands under environments:');

  // What the host would find out by itself.
  const service = found?.kind === 'service' ? found : undefined;
  const made = docker
    ? { dir, dockerfile: pathFrom(dir, pathIn(dir, build.text('dockerfilePath') ?? 'Dockerfile')), command }
    : {
        dir,
        build: build.text('buildCommand') ?? service?.build,
        command: command ?? service?.command,
      };
  if (!docker && made.command === undefined)
    build.drop('builder', 'it is not found out how it is built and started: say build: and command:');
  if (docker) build.drop('buildCommand', 'the Dockerfile says how it is built');
  const timeout = duration(deploy, 'healthcheckTimeout');
  const health = path === undefined ? undefined : body({ path, grace: timeout });
  const cron = deploy.text('cronSchedule');
  if (cron !== undefined) {
    return {
      resources: [{ kind: 'job', name, from: 'deploy', body: body({ source: body(made), schedule: cron }) }],
      providers: { railway: {} },
      leftovers: root.leftovers(source.file),
    };
  }
  return {
    resources: [{ kind: 'service', name, from: 'deploy', body: body({ source: body(made), health, replicas }) }],
    providers: { railway: {} },
    leftovers: root.leftovers(source.file),
  };
};
