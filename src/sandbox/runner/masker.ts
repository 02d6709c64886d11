/** Replaces what must not be read by `***`, as a runner does with everything it logs. */
export interface Masker {
  /** From now on hides `value`, and each line of it when it has several; blank values are ignored. */
  add(value: string): void;
  /** The text with every hidden value replaced. */
  mask(text: string): string;
  /** Whether the text holds a hidden value. */
  hides(text: string): boolean;
}

/** A masker that hides nothing yet. */
export function createMasker(): Masker {
  const values = new Set<string>();
  let pattern: RegExp | undefined;
  const mask = (text: string): string => (pattern === undefined ? text : text.replace(pattern, '***'));
  return {
    add(value) {
      for (const part of [value, ...value.split(/\r?\n/)]) {
        if (part.trim() !== '') values.add(part);
      }
      // The longest first, so that a value that holds another is hidden whole.
      const longestFirst = [...values].toSorted((a, b) => b.length - a.length).map(escapePattern);
      pattern = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.join('|'), 'g');
    },
    mask,
    hides: (text) => mask(text) !== text,
  };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
