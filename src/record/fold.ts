import { isSecretAddress } from '../model/renewal.ts';
import { parseAddress } from '../model/resource.ts';
import type { EnvironmentState, RecordedState, ResourceState } from '../model/state.ts';
import { foldHealth } from './fold-health.ts';
import { damaged, readRecord } from './read-record.ts';
import { environmentShape, resourceShape } from './record-shapes.ts';
import { environmentPath, resourcesFolder } from './state-paths.ts';

/** What the branch's files say of one environment. Errors as `readRecord`. */
export function foldState(files: ReadonlyMap<string, string>, environment: string): RecordedState {
  const folder = `${resourcesFolder(environment)}/`;
  const resources: RecordedState['resources'] = new Map();
  const secrets: RecordedState['secrets'] = new Map();
  for (const [path, text] of files) {
    if (!path.startsWith(folder) || !path.endsWith('.json')) continue;
    const resource = resourceOf(path, text);
    if (`${folder}${resource.address}.json` !== path) throw damaged(path, 1, `it says that it is ${resource.address}`);
    const { address } = resource;
    if (isSecretAddress(address)) secrets.set(address, resource);
    else resources.set(address, resource);
  }
  const health = foldHealth(files, environment);
  return { environment: foldEnvironment(files, environment), resources, secrets, ...(health ? { health } : {}) };
}

/** The environment's own file, null before its first apply. */
export function foldEnvironment(files: ReadonlyMap<string, string>, environment: string): EnvironmentState | null {
  const path = environmentPath(environment);
  const text = files.get(path);
  if (text === undefined) return null;
  return readRecord(path, text, environmentShape) as unknown as EnvironmentState;
}

function resourceOf(path: string, text: string): ResourceState {
  const file = readRecord(path, text, resourceShape) as unknown as ResourceState;
  if (!parseAddress(file.address) && !isSecretAddress(file.address))
    throw damaged(path, 1, 'expected the address of a resource');
  return file;
}
