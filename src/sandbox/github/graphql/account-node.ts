import { nodeId } from '../node-id.ts';
import type { Account } from '../state.ts';
import type { GraphqlContext } from './context.ts';

export const accountNode = (context: GraphqlContext, { id, login, type }: Account) => ({
  __typename: type,
  id: nodeId(type, id),
  databaseId: id,
  login,
  name: login,
  url: `${context.world.urls.server}/${login}`,
});
