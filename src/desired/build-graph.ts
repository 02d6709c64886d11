import { imageVariable, isPinned, type BuiltImages } from '../model/built-image.ts';
import type { Config, ResourceConfig } from '../model/config.ts';
import { ConfigError, type Problem } from '../model/errors.ts';
import type { DesiredResource, Graph } from '../model/graph.ts';
import { suggester } from '../model/closest.ts';
import {
  address,
  KINDS,
  OUTPUTS,
  SECTION,
  type Address,
  type Json,
  type JsonObject,
  type Kind,
} from '../model/resource.ts';
import { OWN_VARIABLE, eachTemplate, referencesIn } from '../model/template.ts';
import { inDependencyOrder } from './order.ts';

export interface DesiredInput {
  config: Config;
  environment: string;
  /** The environment's resources, overlays applied. */
  resources: Record<Kind, Record<string, ResourceConfig>>;
  /** Git ids by path; the root has the empty path. */
  tree: ReadonlyMap<string, string>;
  images?: BuiltImages;
  /** Which value each sealed secret has. */
  sealed?: { versions: ReadonlyMap<string, string> };
}

/** The desired graph of one environment. Throws ConfigError with every bad reference, missing folder and cycle. */
export function buildGraph({ config, environment, resources, tree, images, sealed }: DesiredInput): Graph {
  const problems: Problem[] = [];
  const known = new Set<Address>();
  for (const kind of KINDS) for (const name of Object.keys(resources[kind])) known.add(address(kind, name));

  const suggest = suggester(known);

  const nodes: DesiredResource[] = [];
  for (const kind of KINDS) {
    for (const [name, resource] of Object.entries(resources[kind])) {
      const path = `${SECTION[kind]}.${name}`;
      const problem = (at: string, message: string, hint?: string) =>
        problems.push({ position: config.position(at, environment), path: at, message, ...(hint ? { hint } : {}) });
      const { replicas, ...spec } = resource.spec;
      const { dependsOn, secrets, templated } = references(spec, path, address(kind, name), known, suggest, problem);
      const folder = sourceOf(spec, tree, path, problem);
      const image = folder && kind === 'service' ? images?.(name) : undefined;
      if (image && !isPinned(image))
        problem(
          `${path}.source`,
          `${imageVariable(name)} is "${image}"`,
          'expected an image with its digest: NAME@sha256:…',
        );
      const source = folder && image ? { ...folder, image } : folder;
      nodes.push({
        address: address(kind, name),
        kind,
        name,
        spec,
        place: resource.place,
        protect: resource.protect,
        replicas: typeof replicas === 'number' ? replicas : 1,
        dependsOn,
        templated,
        secrets,
        ...sealedOf(secrets, sealed),
        ...(source ? { source } : {}),
        get position() {
          return config.position(path, environment);
        },
      });
    }
  }
  const { ordered, cycle } = inDependencyOrder(nodes);
  if (cycle) {
    const first = nodes.find((node) => node.address === cycle[0]) as DesiredResource;
    problems.push({
      position: first.position,
      path: `${SECTION[first.kind]}.${first.name}`,
      message: `these resources wait for each other: ${[...cycle, cycle[0]].join(' → ')}`,
      hint: 'remove one of these references',
    });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { fleet: config.fleet, environment, resources: ordered };
}

type Report = (at: string, message: string, hint?: string) => void;

function references(
  spec: JsonObject,
  path: string,
  self: Address,
  known: ReadonlySet<Address>,
  suggest: (word: string) => string | undefined,
  problem: Report,
) {
  const dependsOn = new Set<Address>();
  const secrets = new Set<string>();
  let templated = false;
  eachTemplate(spec, (text, at) => {
    templated = true;
    const where = `${path}.${at}`;
    for (const reference of referencesIn(text)) {
      const shown = `\${${reference.text}}`;
      if (reference.type === 'secret' && OWN_VARIABLE.test(reference.name))
        problem(
          where,
          `"${shown}" is a variable of Flotilla itself or of its run, which no resource is given`,
          'another name',
        );
      else if (reference.type === 'secret') secrets.add(reference.name);
      else if (reference.type === 'invalid')
        problem(
          where,
          `"${shown}" is not a reference`,
          'write ${kind.name.output}, ${secret.NAME}, or $${ for a literal ${',
        );
      else if (reference.address === self) problem(where, `"${shown}" refers to the resource that it stands in`);
      else if (!known.has(reference.address)) {
        const near = suggest(reference.address);
        problem(
          where,
          `"${shown}" names ${reference.address}, which this environment does not have`,
          near && `did you mean ${near}?`,
        );
      } else if (!Object.hasOwn(OUTPUTS[reference.kind], reference.output)) {
        const outputs = Object.keys(OUTPUTS[reference.kind]);
        problem(
          where,
          `a ${reference.kind} has no output "${reference.output}"`,
          `it has ${outputs.join(', ') || 'none'}`,
        );
      } else dependsOn.add(reference.address);
    }
  });
  return { dependsOn: [...dependsOn].toSorted(), secrets: [...secrets].toSorted(), templated };
}

function sealedOf(secrets: readonly string[], sealed: DesiredInput['sealed']): Pick<DesiredResource, 'sealed'> {
  const named = secrets.flatMap((name) => {
    const version = sealed?.versions.get(name);
    return version === undefined ? [] : [[name, version]];
  });
  return named.length > 0 ? { sealed: Object.fromEntries(named) } : {};
}

/** The folder a resource is built from: `source.dir` or `dir`, a database's migrations; the root when only a command is given. */
function sourceOf(spec: JsonObject, tree: ReadonlyMap<string, string>, path: string, problem: Report) {
  const source = spec['source'] as Record<string, Json> | undefined;
  if (source?.['image']) return undefined;
  const [dir, at] = [
    [source?.['dir'], `${path}.source.dir`],
    [spec['dir'], `${path}.dir`],
    [spec['migrations'], `${path}.migrations`],
    [source ? '.' : undefined, `${path}.source`],
  ].find(([value]) => typeof value === 'string') ?? [undefined, ''];
  if (dir === undefined) return undefined;
  const folder = (dir as string)
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  const id = tree.get(folder);
  if (id !== undefined) return { dir: folder, tree: id };
  problem(
    at as string,
    `the folder "${dir as string}" is not in the repository at this commit`,
    'a folder that git tracks',
  );
  return undefined;
}
