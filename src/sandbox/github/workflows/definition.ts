import { parse } from 'yaml';
import type { Permissions } from '../state.ts';

/** A `workflow_dispatch` input as declared. */
export interface InputDeclaration {
  required: boolean;
  type: 'string' | 'boolean' | 'choice' | 'number' | 'environment';
  default: unknown;
  options: string[];
}

/** What starting a workflow needs to know of its file; jobs are the runner's business. */
export interface WorkflowDefinition {
  path: string;
  text: string;
  name: string;
  runName: string | undefined;
  /** Event to its filters. */
  on: Map<string, Record<string, unknown>>;
  /** The `permissions:` key as parsed; `undefined` when absent. */
  permissions: unknown;
  concurrency: { group: string; cancelInProgress: string; queue: 'single' | 'max' } | undefined;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readEvents = (on: unknown): Map<string, Record<string, unknown>> => {
  if (typeof on === 'string') return new Map([[on, {}]]);
  if (Array.isArray(on)) return new Map(on.map((event) => [String(event), {}]));
  if (!isMap(on)) return new Map();
  return new Map(
    Object.entries(on).map(([event, filters]) => [
      event,
      isMap(filters) ? filters : Array.isArray(filters) ? { list: filters } : {},
    ]),
  );
};

const readConcurrency = (value: unknown): WorkflowDefinition['concurrency'] => {
  if (typeof value === 'string') return { group: value, cancelInProgress: 'false', queue: 'single' };
  if (!isMap(value) || typeof value['group'] !== 'string') return undefined;
  return {
    group: value['group'],
    cancelInProgress: String(value['cancel-in-progress'] ?? 'false'),
    queue: value['queue'] === 'max' ? 'max' : 'single',
  };
};

/** Reads a workflow file; `undefined` for what is no workflow at all (GitHub then starts nothing). */
export const readDefinition = (path: string, text: string): WorkflowDefinition | undefined => {
  let file: unknown;
  try {
    file = parse(text);
  } catch {
    return undefined;
  }
  if (!isMap(file)) return undefined;
  return {
    path,
    text,
    name: typeof file['name'] === 'string' ? file['name'] : path,
    runName: typeof file['run-name'] === 'string' ? file['run-name'] : undefined,
    on: readEvents(file['on']),
    permissions: file['permissions'],
    concurrency: readConcurrency(file['concurrency']),
  };
};

export const readInputs = (definition: WorkflowDefinition): Map<string, InputDeclaration> => {
  const inputs = definition.on.get('workflow_dispatch')?.['inputs'];
  return new Map(
    Object.entries(isMap(inputs) ? inputs : {}).map(([name, given]) => {
      const input = isMap(given) ? given : {};
      return [
        name,
        {
          required: input['required'] === true,
          type: (input['type'] ?? 'string') as InputDeclaration['type'],
          default: input['default'],
          options: Array.isArray(input['options']) ? input['options'].map(String) : [],
        },
      ];
    }),
  );
};

const scopes = ['actions', 'checks', 'contents', 'deployments', 'issues', 'packages', 'pull_requests', 'statuses'];

const all = (level: 'read' | 'write'): Permissions => Object.fromEntries(scopes.map((scope) => [scope, level]));

/**
 * A token's permissions by a `permissions:` key. Naming any leaves the others at none; without the key a new
 * repository's tokens read contents and packages. A fork's token never writes.
 */
export const readPermissions = (value: unknown, fromFork: boolean): Permissions => {
  let granted: Permissions;
  if (value === undefined) granted = { contents: 'read', packages: 'read' };
  else if (value === 'read-all') granted = all('read');
  else if (value === 'write-all') granted = all('write');
  else if (isMap(value))
    granted = Object.fromEntries(
      Object.entries(value)
        .map(([scope, level]) => [scope.replaceAll('-', '_'), level] as const)
        .filter((entry): entry is readonly [string, 'read' | 'write'] => entry[1] === 'read' || entry[1] === 'write'),
    );
  else granted = {};
  if (fromFork) granted = Object.fromEntries(Object.keys(granted).map((scope) => [scope, 'read' as const]));
  return { ...granted, metadata: 'read' };
};
