/** Something that Flotilla never does to the state branch, and where it shows. */
export interface Violation {
  /** The commit that did it, or the newest one for what is wrong as things stand. */
  commit: string;
  /** Path on the state branch; null for the commit as a whole. */
  file: string | null;
  /** From 1, in the file as it was before; null for the file as a whole. */
  line: number | null;
  what: string;
}

/** What a look at the whole state branch found. */
export interface Verification {
  /** The newest commit: noted and given as `since` later, it shows whether the branch was replaced meanwhile. */
  head: string;
  commits: number;
  environments: string[];
  events: number;
  /** Whether the commits' signatures could be looked at: a local repository has none. */
  signatures: 'checked' | 'none';
  violations: Violation[];
}
