import * as z from 'zod/mini';
import { KINDS, SECTION } from '../model/resource.ts';
import { event } from './documents/event.ts';
import { plan } from './documents/plan.ts';
import { policyInput } from './documents/policy-input.ts';
import { environmentState, resourceState } from './documents/state.ts';
import { overlayOf, type JsonSchema } from './json-schema.ts';
import { FILE } from './schema/file.ts';

/** All generated JSON Schemas: path from the root of the repository, and text. */
export function produceSchemas(): { path: string; text: string }[] {
  return [
    product('config', 'flotilla.yml', configSchema()),
    product('plan', 'A plan', draft7(plan, 'output')),
    product('policy-input', 'What a policy is given', draft7(policyInput, 'output')),
    product('state', 'A file of recorded state', {
      anyOf: [draft7(environmentState, 'output'), draft7(resourceState, 'output')],
    }),
    product('event', 'A line of the journal', draft7(event, 'output')),
  ];
}

/** The schema of `flotilla.yml`, each kind defined once, and once more as an environment may change it. */
export function configSchema(): JsonSchema {
  const schema = draft7(FILE, 'input');
  const properties = schema.properties as Record<string, JsonSchema>;
  const definitions: Record<string, JsonSchema> = {};
  const environment = environmentIn(properties['environments'] as JsonSchema);
  for (const kind of KINDS) {
    const section = properties[SECTION[kind]] as JsonSchema;
    const resource = section.additionalProperties as JsonSchema;
    definitions[kind] = resource;
    definitions[`${kind}-overlay`] = overlayOf(resource);
    section.additionalProperties = { $ref: `#/definitions/${kind}` };
    const overlay = environment[SECTION[kind]] as JsonSchema;
    overlay.description = `What this environment changes in ${SECTION[kind]}: merged key by key, null removes.`;
    overlay.additionalProperties = { anyOf: [{ $ref: `#/definitions/${kind}-overlay` }, { type: 'null' }] };
  }
  return { ...schema, definitions };
}

function environmentIn(environments: JsonSchema): Record<string, JsonSchema> {
  const value = environments.additionalProperties as JsonSchema;
  const map = value.anyOf?.find(({ type }) => type === 'object');
  return map?.properties as Record<string, JsonSchema>;
}

function draft7(schema: z.core.$ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io,
    unrepresentable: 'any',
    // zod leaves these out where a value is transformed; ours are written as they stand in the file.
    override: ({ zodSchema, jsonSchema }) => {
      const note = z.globalRegistry.get(zodSchema);
      if (note?.['default'] !== undefined) jsonSchema.default = note['default'] as never;
      if (note?.['examples'] !== undefined) jsonSchema.examples = note['examples'] as never;
    },
  }) as JsonSchema;
  return rest;
}

function product(name: string, title: string, schema: JsonSchema): { path: string; text: string } {
  const text = JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title, ...schema }, null, 2);
  return { path: `schemas/${name}.schema.json`, text: `${text}\n` };
}
