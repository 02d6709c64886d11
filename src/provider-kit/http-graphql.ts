import { ConflictError, CredentialError, TransientError, UnsupportedError } from '../model/errors.ts';
import type { Answered } from './http-answer.ts';
import type { Mask } from './http-message.ts';
import type { GraphqlCall, WriteCall } from './http-types.ts';

type Post = <T>(path: string, call: WriteCall<T>) => Promise<T>;

/** Reads and writes by GraphQL. Errors beside partial data count: half an answer is none. */
export function createQuery(post: Post, name: string, mask: Mask) {
  const send = <T>(path: string, document: string, { variables, parse, ...call }: GraphqlCall<T>): Promise<T> =>
    post(path, {
      ...call,
      json: { query: document, ...(variables ? { variables } : {}) },
      parse: (value, answer) => parse(dataOf(value, name, call.mask ? mask.and(call.mask) : mask, answer), answer),
    });
  return {
    async read<T>(path: string, document: string, call: GraphqlCall<T>): Promise<T> {
      if (changes(document)) throw new Error('a reader was given a GraphQL document that is not only queries');
      return send(path, document, call);
    },
    write: send,
  };
}

/** Whether any operation of a document is something else than a query. Comments and strings are not looked into. */
function changes(document: string): boolean {
  const code = document.replace(/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g, ' ');
  let depth = 0;
  for (const [token] of code.matchAll(/[{}()]|[A-Za-z_]\w*/g)) {
    if (token === '{' || token === '(') depth += 1;
    else if (token === '}' || token === ')') depth -= 1;
    else if (depth === 0 && (token === 'mutation' || token === 'subscription')) return true;
  }
  return false;
}

interface GraphqlError {
  message?: unknown;
  type?: unknown;
  extensions?: { code?: unknown; type?: unknown } | null;
}

function dataOf(value: unknown, name: string, mask: Mask, answer: Answered): unknown {
  const { data, errors } = (value ?? {}) as { data?: unknown; errors?: GraphqlError[] };
  const first = Array.isArray(errors) ? errors[0] : undefined;
  if (first === undefined) return data;
  const code = String(first.extensions?.code ?? first.extensions?.type ?? first.type ?? '');
  const said = mask.clean(String(first.message ?? 'no message'));
  const words = `${code} ${said}`;
  const message = `${name} answered: ${said}${code ? ` (${mask.clean(code)})` : ''}`;
  if (/unauth|not.?auth|forbidden|access.?denied|permission/i.test(words)) throw new CredentialError(message);
  if (/rate.?limit|too many|timeout|timed out|internal|unavailable/i.test(words)) throw new TransientError(message);
  if (/not.?found|does not exist/i.test(words)) throw new ConflictError(message, { cause: { status: 404 } });
  if (/conflict|already exists/i.test(words)) throw new ConflictError(message, { cause: { status: 409 } });
  throw new UnsupportedError(message, { cause: { status: answer.status } });
}
