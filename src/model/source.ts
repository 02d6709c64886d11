/** Which folder of the repository a resource is made from, and which files that are. */
export interface SourceRef {
  dir: string;
  /** Git tree id. */
  tree: string;
  /** The image that was built of it, with its digest, where the workflow built one. */
  image?: string;
}

/** The files a resource is made from: a git tree. */
export interface SourceFolder {
  /** Path in the repository, for messages. */
  dir: string;
  /** Git tree id. */
  tree: string;
  /** Writes the tree's files into an empty folder. */
  materialise(into: string): Promise<void>;
}

/** Where source folders come from. */
export interface SourceFolders {
  sourceFolder(dir: string, tree: string): SourceFolder;
}
