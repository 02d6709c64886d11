/** Git's own formats of trees and commits: bytes to values and back. */

export interface TreeEntry {
  /** Octal, as git writes it: `100644`, `100755`, `120000`, `40000`, `160000`. */
  mode: string;
  name: string;
  oid: string;
}

export interface Signature {
  name: string;
  email: string;
  /** To the second. */
  date: Date;
}

export interface CommitObject {
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
  /** What `gpgsig` holds; absent for a commit that nobody signed. */
  signature?: string;
}

export const zeroOid = '0'.repeat(40);

export const isOid = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

export const entryType = (mode: string): 'blob' | 'tree' | 'commit' =>
  mode === '40000' || mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob';

export const parseTree = (data: Buffer): TreeEntry[] => {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(32, at);
    const end = data.indexOf(0, space);
    entries.push({
      mode: data.toString('latin1', at, space),
      name: data.toString('utf8', space + 1, end),
      oid: data.toString('hex', end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
};

/** Git sorts a folder as if its name ended in a slash. */
export const formatTree = (entries: readonly TreeEntry[]): Buffer => {
  const keyed = entries.map((entry) => ({
    entry,
    key: Buffer.from(entryType(entry.mode) === 'tree' ? `${entry.name}/` : entry.name),
  }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    keyed.flatMap(({ entry }) => [
      Buffer.from(`${entry.mode.replace(/^0/, '')} ${entry.name}\0`),
      Buffer.from(entry.oid, 'hex'),
    ]),
  );
};

const parseSignature = (text: string): Signature => {
  const match = /^(.*?) ?<([^>]*)> (\d+) [+-]\d{4}$/.exec(text);
  return match
    ? { name: match[1] ?? '', email: match[2] ?? '', date: new Date(Number(match[3]) * 1000) }
    : { name: text, email: '', date: new Date(0) };
};

export const parseCommit = (data: Buffer): CommitObject => {
  const text = data.toString();
  const blank = text.indexOf('\n\n');
  const head = blank < 0 ? text : text.slice(0, blank);
  const commit: CommitObject = {
    tree: '',
    parents: [],
    author: parseSignature(''),
    committer: parseSignature(''),
    message: blank < 0 ? '' : text.slice(blank + 2),
  };
  for (const line of head.split('\n')) {
    const space = line.indexOf(' ');
    const value = line.slice(space + 1);
    if (line.startsWith('tree ')) commit.tree = value;
    else if (line.startsWith('parent ')) commit.parents.push(value);
    else if (line.startsWith('author ')) commit.author = parseSignature(value);
    else if (line.startsWith('committer ')) commit.committer = parseSignature(value);
    else if (line.startsWith('gpgsig ')) commit.signature = value;
    else if (line.startsWith(' ') && commit.signature !== undefined) commit.signature += line;
  }
  return commit;
};

const clean = (text: string): string => text.replace(/[<>\n\0]/g, '').trim();

const formatSignature = ({ name, email, date }: Signature): string => {
  return `${clean(name)} <${clean(email)}> ${Math.floor(date.getTime() / 1000)} +0000`;
};

export const formatCommit = (commit: CommitObject): Buffer =>
  Buffer.from(
    [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${formatSignature(commit.author)}`,
      `committer ${formatSignature(commit.committer)}`,
      ...(commit.signature === undefined ? [] : [`gpgsig ${commit.signature}`]),
      '',
      commit.message,
    ].join('\n'),
  );

/** No part of a path may be empty, dots, or git's own folder. */
export const isSafePath = (path: string): boolean =>
  path !== '' &&
  !path.includes('\0') &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git');
