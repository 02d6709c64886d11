/** Action files (`action.yml`) of composite actions. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

import { asMap, asText, optional, readSteps, type Step, WorkflowFileError } from './step.ts';

/** One input as declared. */
export interface ActionInput {
  /** May hold expressions over `github`. */
  default?: string;
  required: boolean;
}

/** A composite action. */
export interface CompositeAction {
  name: string;
  inputs: Record<string, ActionInput>;
  /** Expressions over the action's own steps. */
  outputs: Record<string, string>;
  steps: Step[];
}

/** Reads the action in `folder`; `uses` names it in errors. Throws `WorkflowFileError`. */
export async function readAction(folder: string, uses: string): Promise<CompositeAction> {
  const text =
    (await readFile(join(folder, 'action.yml'), 'utf8').catch(() => undefined)) ??
    (await readFile(join(folder, 'action.yaml'), 'utf8').catch(() => undefined));
  if (text === undefined) throw new WorkflowFileError(`uses: ${uses}: there is no action.yml in ${folder}`);
  const place = `${uses}/action.yml`;
  const map = asMap(parse(text), place);
  const runs = asMap(map.runs, `${place}: runs`);
  if (runs.using !== 'composite') {
    throw new WorkflowFileError(
      `${place}: runs.using: '${asText(runs.using, place)}' is not supported by the sandbox's runner; only 'composite' is`,
    );
  }
  const steps = readSteps(runs.steps, `${place}: runs.steps`);
  for (const [index, step] of steps.entries()) {
    if (step.run !== undefined && step.shell === undefined) {
      throw new WorkflowFileError(`${place}: runs.steps[${index}]: shell is needed in a composite action`);
    }
  }
  return {
    name: asText(map.name, `${place}: name`),
    inputs: readEach(map.inputs, `${place}: inputs`, (input, at) => ({
      ...optional('default', input, at),
      required: input.required === true,
    })),
    outputs: readEach(map.outputs, `${place}: outputs`, (output, at) => asText(output.value, `${at}.value`)),
    steps,
  };
}

function readEach<T>(
  value: unknown,
  place: string,
  read: (map: Record<string, unknown>, at: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(asMap(value ?? {}, place)).map(([key, item]) => [
      key,
      read(asMap(item ?? {}, `${place}.${key}`), `${place}.${key}`),
    ]),
  );
}
