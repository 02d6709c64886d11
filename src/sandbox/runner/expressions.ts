/**
 * `${{ … }}` as GitHub evaluates it, by GitHub's own expression library.
 *
 * Contexts are handed in as plain JSON values and converted only when an expression names them.
 */
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { truthy } from '@actions/expressions/result';

/** The named values an expression may use: `github`, `env`, `steps`, … */
export type Contexts = Readonly<Record<string, unknown>>;

/** What `success()`, `failure()` and `cancelled()` answer; `always()` needs no telling. */
export interface Status {
  success: boolean;
  failure: boolean;
  cancelled: boolean;
}

const STATUS_FUNCTIONS = ['always', 'success', 'failure', 'cancelled'];

/** The value of a text in which expressions may stand; a text that is one expression keeps that expression's type. */
export function evaluate(text: string, contexts: Contexts): unknown {
  const parts = split(text);
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.kind === 'expression') return toPlain(evaluateExpression(only.text, contexts));
  return parts
    .map((part) => (part.kind === 'text' ? part.text : evaluateExpression(part.text, contexts).coerceString()))
    .join('');
}

/** The text with every expression replaced by its value. */
export function interpolate(text: string, contexts: Contexts): string {
  return split(text)
    .map((part) => (part.kind === 'text' ? part.text : evaluateExpression(part.text, contexts).coerceString()))
    .join('');
}

/** Every value of a map interpolated, in order. */
export function interpolateAll(map: Readonly<Record<string, string>>, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, interpolate(value, contexts)]));
}

/** Whether an `if:` lets its job or step run. One that asks for no status means `success() && (…)`. */
export function condition(text: string | undefined, contexts: Contexts, status: Status): boolean {
  const parts = split(text === undefined || text.trim() === '' ? 'success()' : text);
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only === undefined) {
    // Text around an expression makes a string, and a string that is not empty is true whatever it says.
    return status.success && interpolate(text ?? '', contexts) !== '';
  }
  const asksStatus = new Lexer(only.text)
    .lex()
    .tokens.some(
      (token, at, all) => STATUS_FUNCTIONS.includes(token.lexeme.toLowerCase()) && all[at + 1]?.lexeme === '(',
    );
  if (!asksStatus && !status.success) return false;
  return truthy(evaluateExpression(only.text, contexts, statusFunctions(status)));
}

function evaluateExpression(
  text: string,
  contexts: Contexts,
  functions: readonly FunctionDefinition[] = [],
): data.ExpressionData {
  try {
    const { tokens } = new Lexer(text).lex();
    const tree = new Parser(tokens, Object.keys(contexts), [...functions]).parse();
    const named = new Set(tokens.map((token) => token.lexeme.toLowerCase()));
    const dictionary = new data.Dictionary(
      ...Object.entries(contexts)
        .filter(([name]) => named.has(name))
        .map(([key, value]) => ({ key, value: toData(value) })),
    );
    return new Evaluator(tree, dictionary, new Map(functions.map((f) => [f.name, f]))).evaluate();
  } catch (error) {
    throw new Error(`\${{ ${text.trim()} }}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function statusFunctions(status: Status): FunctionDefinition[] {
  const answers: [string, boolean][] = [['always', true], ...Object.entries(status)];
  return answers.map(([name, answer]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(answer),
  }));
}

interface Part {
  kind: 'text' | 'expression';
  text: string;
}

/** Cuts a text at `${{` and the `}}` that closes it; quotes inside an expression hide a `}}`. */
function split(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  while (from < text.length) {
    const start = text.indexOf('${{', from);
    const end = start < 0 ? -1 : closing(text, start + 3);
    if (end < 0) break;
    if (start > from) parts.push({ kind: 'text', text: text.slice(from, start) });
    parts.push({ kind: 'expression', text: text.slice(start + 3, end) });
    from = end + 2;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

function closing(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith('}}', at)) return at;
  }
  return -1;
}

function toData(value: unknown): data.ExpressionData {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver) as data.ExpressionData;
}

function toPlain(value: data.ExpressionData): unknown {
  return JSON.parse(JSON.stringify(value, data.replacer));
}
