import type { World } from '../../src/provider-kit/conformance.ts';
import type { Account, Handler, Provider } from '../../src/provider-kit/provider.ts';

/** A handler whose every target has an account of its own: for providers where an account holds but one of a kind. */
export function withAccountEach(
  provider: Provider,
  handler: Handler,
  base: Account,
  accountOf: NonNullable<World['accountOf']>,
): Handler {
  const clients = new Map<string, { reader: unknown; writer: unknown }>();
  const at = (identity: string) => {
    const account = { ...base, ...accountOf(identity) };
    const made = clients.get(identity) ?? { reader: provider.reader(account), writer: provider.writer(account) };
    clients.set(identity, made);
    return made;
  };
  const { rollback, logs } = handler;
  return {
    async list(_, scope) {
      for (const identity of scope.identities.keys()) at(identity);
      const lists = [...clients].map(([own, { reader }]) => {
        const identities = new Map([...scope.identities].filter(([identity]) => identity === own));
        return handler.list(reader, { ...scope, identities });
      });
      return (await Promise.all(lists)).flat();
    },
    read: (_, target) => handler.read(at(target.identity).reader, target),
    diff: handler.diff,
    ensure: (_, desired, run) => handler.ensure(at(desired.identity).writer, desired, run),
    remove: (_, target, run) => handler.remove(at(target.identity).writer, target, run),
    ...(rollback && { rollback: (_, target, ...rest) => rollback(at(target.identity).writer, target, ...rest) }),
    ...(logs && { logs: (_, target, options) => logs(at(target.identity).reader, target, options) }),
  };
}
