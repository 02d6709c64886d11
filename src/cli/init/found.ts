/** One thing that a repository seems to run. */
export type Found = FoundService | FoundSite;

interface Facts {
  name: string;
  /** Folder below the root; `.` is the root itself. */
  dir: string;
  /** What was seen, for people. */
  because: string;
  build?: string;
}

export interface FoundService extends Facts {
  kind: 'service';
  command?: string[];
  dockerfile?: string;
  port?: number;
}

export interface FoundSite extends Facts {
  kind: 'site';
  output?: string;
}

/** The files of a repository down to two folders, by path; with text for those that `detect` reads (see `isTelling`). */
export type Listing = ReadonlyMap<string, string | null>;

/** Path of a name below a folder of the listing. */
export function join(dir: string, name: string): string {
  return dir === '.' ? name : `${dir}/${name}`;
}
