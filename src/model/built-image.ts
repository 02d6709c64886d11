import type { JsonObject } from './resource.ts';
import type { SourceRef } from './source.ts';

/** Images that the workflow built of services' folders, by the service's name. */
export type BuiltImages = (service: string) => string | undefined;

/** The environment variable that hands over the image of a service: `my-api` is in `FLOTILLA_IMAGE_MY_API`. */
export function imageVariable(service: string): string {
  return `FLOTILLA_IMAGE_${service.toUpperCase().replaceAll('-', '_')}`;
}

/** Whether an image is named by its digest: anything else may be another one tomorrow. */
export function isPinned(image: string): boolean {
  return /^[^\s@]+@sha256:[0-9a-f]{64}$/.test(image);
}

/**
 * The spec as the provider gets it: where an image was built of the folder, that image. The folder stays what the hash
 * covers, so that a build that comes out with other bytes deploys nothing anew, and a plan needs no build.
 */
export function withImage(spec: JsonObject, source: SourceRef | undefined): JsonObject {
  if (!source?.image) return spec;
  const { command } = spec['source'] as JsonObject;
  return { ...spec, source: { image: source.image, ...(command === undefined ? {} : { command }) } };
}

/** The source with the image that stands for it: the one handed over, else the one recorded for the same files. */
export function sourceWithImage(source: SourceRef | undefined, recorded: SourceRef | undefined): SourceRef | undefined {
  if (!source || source.image || !recorded?.image || recorded.tree !== source.tree) return source;
  return { ...source, image: recorded.image };
}
