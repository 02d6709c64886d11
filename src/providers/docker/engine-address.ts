/** Where an engine listens, as `DOCKER_HOST` spells it. */
export type EngineAddress =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'ssh'; host: string; port?: number; user?: string };

export const DEFAULT_ENGINE = 'unix:///var/run/docker.sock';

const FORMS = 'expected unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host';
/** Nothing that `ssh` could take for an option. */
const WORD = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/** The address, or what is wrong with it. */
export function parseEngine(value: unknown): EngineAddress | string {
  if (typeof value !== 'string') return FORMS;
  if (value.startsWith('unix:///')) return { kind: 'unix', path: value.slice('unix://'.length) };
  const [, scheme, rest = ''] = /^(tcp|ssh):\/\/(.*)$/.exec(value) ?? [];
  if (scheme === undefined || !URL.canParse(`http://${rest}`)) return FORMS;
  const { hostname, port, username, password, pathname, search, hash } = new URL(`http://${rest}`);
  if (password || search || hash || pathname !== '/') return FORMS;
  if (scheme === 'tcp') {
    if (username) return FORMS;
    return { kind: 'tcp', host: hostname, port: Number(port || (/:80\/?$/.test(rest) ? 80 : 2376)) };
  }
  const user = decodeURIComponent(username);
  if (!(WORD.test(hostname) && (user === '' || WORD.test(user)))) return FORMS;
  return { kind: 'ssh', host: hostname, ...(port ? { port: Number(port) } : {}), ...(user ? { user } : {}) };
}

export function checkEngine(value: unknown): string | undefined {
  const engine = parseEngine(value);
  return typeof engine === 'string' ? engine : undefined;
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}
