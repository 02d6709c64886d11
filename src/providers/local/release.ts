/** What the runner is told to run: everything it needs, so that it can be revived from the state file alone. */
export type Release = ServiceRelease | SiteRelease;

interface ReleaseFacts {
  /** The desired hash; also the deployment's id and the name of its folder. */
  hash: string;
  commit: string | null;
  /** When it was first applied; ISO 8601 UTC. */
  at: string;
}

export interface ServiceRelease extends ReleaseFacts {
  kind: 'service';
  command: string[];
  /** The whole environment of the processes but PORT and HOST; holds secrets. */
  env: Record<string, string>;
  replicas: number;
  /** Path that must answer 2xx or 3xx, and how long one answer may take; without it a TCP connection is enough. */
  health?: { path: string; seconds: number };
  /** How long a start may take. */
  startSeconds: number;
  /** Public port to take if it is free. */
  preferredPort?: number;
}

export interface SiteRelease extends ReleaseFacts {
  kind: 'site';
  /** Served folder, relative to the release's. */
  root: string;
  redirects: { from: string; to: string; status: number }[];
  headers: { for: string; values: Record<string, string> }[];
  fallback?: string;
}

/** Whether a value read from a file or the control socket is a release. */
export function isRelease(value: unknown): value is Release {
  const release = value as Partial<Release> | null;
  if (typeof release !== 'object' || release === null) return false;
  if (typeof release.hash !== 'string' || !/^[\w-]{1,128}$/.test(release.hash) || typeof release.at !== 'string')
    return false;
  if (release.kind === 'site')
    return typeof release.root === 'string' && Array.isArray(release.redirects) && Array.isArray(release.headers);
  return (
    release.kind === 'service' &&
    Array.isArray(release.command) &&
    release.command.length > 0 &&
    release.command.every((word) => typeof word === 'string') &&
    typeof release.env === 'object' &&
    release.env !== null &&
    Object.values(release.env).every((text) => typeof text === 'string') &&
    Number.isInteger(release.replicas) &&
    Number(release.replicas) >= 0 &&
    typeof release.startSeconds === 'number'
  );
}
