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
