import { unprocessable } from '../errors.ts';
import type { WorkflowDefinition } from './definition.ts';
import { readInputs } from './definition.ts';

/** GitHub takes no more. */
export const inputLimit = 25;

export interface DispatchInputs {
  /** As expressions' `inputs` sees them: booleans are booleans. */
  values: Record<string, string | boolean>;
  /** As the event's payload has them: all strings. */
  sent: Record<string, string>;
}

/** Checks a dispatch's inputs against the workflow's, and fills in defaults. @throws HttpError 422 */
export const checkInputs = (definition: WorkflowDefinition, given: Record<string, unknown>): DispatchInputs => {
  const declared = readInputs(definition);
  const names = Object.keys(given);
  if (names.length > inputLimit) throw unprocessable(`you may only define up to ${inputLimit} inputs`);
  const unexpected = names.filter((name) => !declared.has(name));
  if (unexpected.length > 0) throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const values: DispatchInputs['values'] = {};
  const sent: DispatchInputs['sent'] = {};
  for (const [name, { required, type, default: fallback, options }] of declared) {
    const value = given[name] ?? fallback;
    if (required && (value === undefined || value === '')) throw unprocessable(`Required input '${name}' not provided`);
    const text = value === undefined || value === null ? '' : String(value);
    if (type === 'choice' && given[name] !== undefined && !options.includes(text))
      throw unprocessable(`Provided value '${text}' for input '${name}' not in the list of allowed values`);
    if (type === 'boolean' && !['true', 'false', ''].includes(text))
      throw unprocessable(`Provided value '${text}' for input '${name}' is not a boolean`);
    sent[name] =
      type === 'choice' && text === '' ? (options[0] ?? '') : type === 'boolean' && text === '' ? 'false' : text;
    values[name] = type === 'boolean' ? sent[name] === 'true' : sent[name];
  }
  return { values, sent };
};
