import { z } from 'zod';
import { path, type HttpReader, type HttpWriter } from '../../provider-kit/http.ts';

/** Vercel's API of the tokens of a user, typed: one function a call. */

const Token = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.object({ type: z.string(), teamId: z.string().nullish() })).nullish(),
});
export type Token = z.infer<typeof Token>;

export interface TokenReader {
  /** The one that asks. */
  ownToken(): Promise<Token>;
  /** Those of its user. */
  tokens(): Promise<Token[]>;
}

export interface TokenWriter extends TokenReader {
  /** The value of another, for one team or for all that the user may do. */
  createToken(name: string, teamId?: string): Promise<string>;
  removeToken(id: string): Promise<void>;
  removeOwnToken(): Promise<void>;
}

export function tokenReader(http: HttpReader): TokenReader {
  return {
    ownToken: () =>
      http.get('/v5/user/tokens/current', { parse: (value) => z.object({ token: Token }).parse(value).token }),
    tokens: () =>
      http.get('/v5/user/tokens', { parse: (value) => z.object({ tokens: z.array(Token) }).parse(value).tokens }),
  };
}

export function tokenWriter(http: HttpWriter): TokenWriter {
  return {
    ...tokenReader(http),
    createToken: (name, teamId) =>
      http.post('/v3/user/tokens', {
        query: { teamId },
        json: { name },
        parse: (value) => z.object({ bearerToken: z.string().min(1) }).parse(value).bearerToken,
      }),
    removeToken: async (id) => void (await http.delete(path`/v3/user/tokens/${id}`)),
    removeOwnToken: async () => void (await http.delete('/v3/user/tokens/current')),
  };
}
