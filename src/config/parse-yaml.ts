import { CORE_SCHEMA, loadAll, YAMLException, type EventType, type State } from 'js-yaml';
import type { Problem } from '../model/errors.ts';
import { skipSpace, type SourceText } from './source-text.ts';

/**
 * A parsed file. Values come from js-yaml alone; beside them stands what its listener saw: every node in the order of the
 * text, parents before children, so that positions can be looked up when somebody asks (`locate.ts`) and cost nothing before.
 */
export interface YamlFile {
  source: SourceText;
  value: unknown;
  nodes: Nodes;
  /** Nodes whose number or boolean is not spelled as JavaScript spells it: `010`, `1.10`, `True`. */
  respelled: number[];
  /** Keys that no config may have: not text (`8080:`, `[a]:`), merge keys (`<<:`), and `__proto__`. */
  badKeys: number[];
  /** Nodes that may be such keys, which the text beside them does not tell: `? __proto__`, `{ __proto__ }`. */
  doubtful: number[];
}

/** Columns of a table, one row a node. `children` of row i are the rows from i + 1 up to `end[i]`. */
export interface Nodes {
  /** Offset where the parser began to look for the node; white space and comments may come first. */
  start: Int32Array;
  /** Offset behind the node's text. */
  stop: Int32Array;
  end: Int32Array;
  /** As long as the table; the other columns have room to spare. */
  value: unknown[];
}

const DEEPEST = 64;
/** What 20,000 resources need in the largest file that is read. */
const MOST_NODES = 500_000;
/** What all aliases of a file may stand for together: values, long text counting more. */
const ALIAS_BUDGET = 10_000;

/** Parses one file, or gives the first problem; `repeated` tells that a key occurs twice, `syntax` that the text is no YAML. */
export type Parsed = { file: YamlFile } | { problem: Problem; cause: 'limit' | 'repeated' | 'syntax' };

class LimitReached extends Error {
  readonly offset: number;
  readonly hint: string;
  constructor(offset: number, message: string, hint: string) {
    super(message);
    this.offset = offset;
    this.hint = hint;
  }
}

/** `repeats` true lets the last of several equal keys win instead of stopping there, so that all can be listed. */
export function parseYaml(source: SourceText, { repeats = false } = {}): Parsed {
  const { text } = source;
  // Every node takes a character at least, or the comma or colon beside it.
  const room = Math.min(MOST_NODES, 2 * text.length + 8);
  const column = () => new Int32Array(room);
  const nodes: Nodes = { start: column(), stop: column(), end: column(), value: [] };
  const { start, stop, end, value } = nodes;
  const respelled: number[] = [];
  const badKeys: number[] = [];
  const doubtful: number[] = [];
  const aliases = aliasBudget(nodes);
  const open: number[] = [];
  let documents = 0;

  function listener(event: EventType, state: State): void {
    if (event === 'open') {
      // A block value and the flow collection in it are two nodes of one level: a few levels of grace.
      if (open.length > DEEPEST + 4)
        throw new LimitReached(state.position, `this is nested deeper than ${DEEPEST} levels`, 'a flatter file');
      if (value.length >= room)
        throw new LimitReached(
          state.position,
          `there are more than ${room} values up to here`,
          'several smaller fleets',
        );
      if (open.length === 0 && (documents += 1) > 1)
        throw new LimitReached(
          state.position,
          'a second document starts here',
          'one document a file, so remove the ---',
        );
      open.push(value.length);
      start[value.length] = state.position;
      value.push(null);
      return;
    }
    const node = open.pop() as number;
    const result: unknown = state.result;
    end[node] = value.length;
    stop[node] = state.position;
    // Only an alias has a value and no kind of its own.
    if (state.kind === null && result !== null) aliases.spend(result, node);
    else aliases.closed(result);
    value[node] = result;
    if (typeof result === 'string') {
      if (result !== '<<' && result !== '__proto__') return;
      if (followedByColon(text, state.position)) badKeys.push(node);
      else doubtful.push(node);
      return;
    }
    if (typeof result === 'number' || typeof result === 'boolean') {
      const spelled = text.slice(start[node], state.position).trim();
      if (spelled !== String(result)) respelled.push(node);
    }
    if (followedByColon(text, state.position)) badKeys.push(node);
  }

  try {
    const values = loadAll(text, null, { schema: CORE_SCHEMA, json: repeats, listener });
    return { file: { source, value: values[0], nodes, respelled, badKeys, doubtful } };
  } catch (error) {
    return failed(source, error, nodes.start[open.at(-1) ?? 0] ?? 0);
  }
}

/** Counts what aliases stand for, without expanding any: each anchor's size is added up once. */
function aliasBudget(nodes: Nodes) {
  const sizes = new Map<object, number>();
  let whole: Set<unknown> | undefined;
  let spent = 0;

  function sizeOf(value: unknown): number {
    if (typeof value === 'string') return 1 + Math.ceil(value.length / 100);
    if (value === null || typeof value !== 'object') return 1;
    let size = sizes.get(value);
    if (size === undefined) {
      size = 1;
      for (const item of Object.values(value)) size += sizeOf(item);
      sizes.set(value, size);
    }
    return size;
  }

  return {
    closed(value: unknown): void {
      whole?.add(value);
    },
    spend(value: unknown, node: number): void {
      const offset = nodes.start[node] as number;
      whole ??= new Set(nodes.value);
      if (typeof value === 'object' && !whole.has(value))
        throw new LimitReached(offset, 'this alias stands inside of what it refers to', 'the values themselves');
      spent += sizeOf(value);
      if (spent > ALIAS_BUDGET)
        throw new LimitReached(
          offset,
          `the aliases up to here stand for more than ${ALIAS_BUDGET} values`,
          'the values themselves, or fewer aliases',
        );
    },
  };
}

function followedByColon(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) === 32) at += 1;
  return text.charCodeAt(at) === 58;
}

/** `within` is where the innermost value that was being read starts. */
function failed(source: SourceText, error: unknown, within: number): Parsed {
  if (error instanceof LimitReached) {
    const position = source.at(error.offset);
    return { problem: { position, path: '', message: error.message, hint: error.hint }, cause: 'limit' };
  }
  if (!(error instanceof YAMLException)) throw error;
  const { reason, mark } = error as YAMLException & { reason: string; mark?: { position: number } };
  const at = Math.min(mark?.position ?? 0, source.text.length);
  const alias = /^unidentified alias "(.*)"$/.exec(reason)?.[1];
  // What is never closed is found at the end of the file; what helps is where it was opened.
  const offset = UNCLOSED.test(reason)
    ? skipSpace(source.text, within)
    : alias === undefined
      ? at
      : at - alias.length - 1;
  const cause = reason === 'duplicated mapping key' ? 'repeated' : 'syntax';
  return { problem: { position: source.at(offset), path: '', message: reason }, cause };
}

/** js-yaml's words for a quote or bracket without its partner. */
export const UNCLOSED = /unexpected end of the (stream|document) within/;
