/**
 * What a process is given of the environment that Flotilla itself was started in: where programs and the user's files
 * are and how text is written, and nothing else, since that environment holds tokens.
 */
const KEPT = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];

/** Builds also need to reach the network the way that this machine does. */
const KEPT_FOR_BUILDS = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'].concat([
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]);

export function baseEnvironment(): Record<string, string> {
  return pick(KEPT);
}

export function buildEnvironment(): Record<string, string> {
  return pick([...KEPT, ...KEPT_FOR_BUILDS]);
}

function pick(names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
