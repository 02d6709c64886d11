import type { Json, JsonObject, Kind } from '../../../index.ts';
import type { Found } from '../found.ts';

/** A file of another host, as a converter gets it. */
export interface Source {
  /** Path from the root of the repository. */
  file: string;
  text: string;
  /** The file's folder; `.` is the root. */
  dir: string;
  /** What a resource is called where the file does not say. */
  name: string;
  /** Text of a file in the same folder; undefined when there is none. */
  beside(name: string): string | undefined;
  /** What the folder looks like by its other files: fills in what the host would find out by itself. */
  found?: Found | undefined;
}

/** What a converter makes of it: all that has an equal in `flotilla.yml`, and the rest by name. */
export interface Converted {
  resources: Draft[];
  /** Accounts under `providers:`, by name. */
  providers: Record<string, JsonObject>;
  leftovers: Leftover[];
}

/** A resource in the shape of `flotilla.yml`, not yet checked. */
export interface Draft {
  kind: Kind;
  name: string;
  /** Where it stands in the file, such as `services[0]`. */
  from: string;
  body: JsonObject;
}

/** A draft with the file that it came from, once its name is its own in the fleet. */
export type Placed = Draft & { file: string };

/** A setting that was not carried over. */
export interface Leftover {
  file: string;
  /** Where it stands in the file, such as `services[0].autoDeploy`. */
  path: string;
  why: string;
}

export type Convert = (source: Source) => Converted;

/** Leaves out what is undefined, and maps and lists with nothing in them. */
export function body(values: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value))) as JsonObject;
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || (value !== null && typeof value === 'object' && Object.keys(value).length === 0);
}
