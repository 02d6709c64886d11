import type { StepRun } from '../../provider-kit/provider.ts';
import type { Line } from './engine-shapes.ts';

/** Longest instruction of a Dockerfile that is told, in characters. */
const LONGEST = 120;

/** Tells of a pull, whose engine counts bytes many times a second, when a layer has come. */
export function pullProgress(reference: string, { progress }: Pick<StepRun, 'progress'>): (line: Line) => void {
  /** Layers by id, and whether each is here. */
  const layers = new Map<string, boolean>();
  return ({ id, status = '' }) => {
    // The line about the tag has an id too.
    if (id === undefined || status.startsWith('Pulling from ')) return;
    const before = layers.get(id) ?? false;
    const here = before || /^(Already exists|Download complete|Pull complete)$/.test(status);
    layers.set(id, here);
    if (here === before) return;
    const done = [...layers.values()].filter(Boolean).length;
    progress(`pulling ${reference}: ${done} of ${layers.size} ${layers.size === 1 ? 'layer' : 'layers'}`);
  };
}

/** Tells of a build when it comes to the next instruction; what those print is told when it fails. */
export function buildProgress(dockerfile: string, { progress }: Pick<StepRun, 'progress'>): (line: Line) => void {
  return ({ stream = '' }) => {
    const [, step, instruction = ''] = /^step (\d+\/\d+) ?: ?(.*)/i.exec(stream) ?? [];
    if (step === undefined) return;
    const shown = instruction.length > LONGEST ? `${instruction.slice(0, LONGEST - 1)}…` : instruction;
    progress(`building ${dockerfile}: step ${step}, ${shown}`);
  };
}
