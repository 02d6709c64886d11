import type { Ports } from '../../src/index.ts';

/** Ports of a run that dies at its commit of this number, before it or after it landed. */
export function dying(ports: Ports, count: number, landed: boolean): Ports {
  let commits = 0;
  const { store } = ports;
  const commit: typeof store.commit = async (request) => {
    commits += 1;
    if (commits > count || (commits === count && !landed)) throw new Error('killed');
    const result = await store.commit(request);
    if (commits === count) throw new Error('killed');
    return result;
  };
  return { ...ports, store: new Proxy(store, { get: (of, key) => (key === 'commit' ? commit : bound(of, key)) }) };
}

const bound = (of: object, key: string | symbol): unknown => {
  const value: unknown = Reflect.get(of, key);
  return typeof value === 'function' ? value.bind(of) : value;
};
