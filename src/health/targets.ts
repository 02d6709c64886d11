import type { ResourceConfig } from '../model/config.ts';
import { instanceId } from '../model/graph.ts';
import type { ProbeTarget } from '../model/health.ts';
import { address, KINDS, parseAddress, type Address, type Kind } from '../model/resource.ts';
import type { InstanceState, RecordedState } from '../model/state.ts';
import { fillDeep } from '../model/template.ts';
import { plainCheck, WATCH_DEFAULTS, type Check, type CheckConfig, type WatchConfig } from '../model/watch.ts';

export interface TargetsInput {
  /** The environment's resources, its overlay applied. */
  resources: Record<Kind, Record<string, ResourceConfig>>;
  recorded: RecordedState;
  /** What is known of the accounts, by name. */
  accounts: ReadonlyMap<string, AccountTraits>;
  /** `incidents.allow_private` of the default branch. */
  allowPrivate: boolean;
  /** The value of a secret that a check names; undefined where this run has none. */
  secret(name: string): string | undefined;
}

export interface AccountTraits {
  /** Its addresses only this machine or network has (`Provider.addresses`). */
  private: boolean;
  /** How long its services may take to wake; 0: they do not sleep. */
  wakeSeconds: number;
}

export interface Targets {
  targets: ProbeTarget[];
  /** Resources whose targets cannot be asked by this run: missing data, no outage. */
  unasked: { resource: Address; because: string }[];
}

/**
 * What is to be watched: every instance that has run before and whose resource is still in the config, in the order of the
 * config. One that never became live is the apply's business; one without an address, as a worker's, cannot be asked.
 */
export function targetsOf(input: TargetsInput): Targets {
  const found: Targets = { targets: [], unasked: [] };
  for (const kind of KINDS)
    for (const [name, config] of Object.entries(input.resources[kind])) {
      const resource = address(kind, name);
      const watch = config.watch ?? defaultWatch(kind);
      const instances = Object.entries(input.recorded.resources.get(resource)?.instances ?? {});
      if (!watch || instances.length === 0) continue;
      const missing = new Set<string>();
      const filled = withSecrets(watch.check, input.secret, missing);
      const because = missing.size > 0 ? `no value for ${[...missing].join(', ')}, which its check names` : undefined;
      if (because) found.unasked.push({ resource, because });
      for (const instance of instances) {
        const target = targetOf(resource, instance, { ...watch, check: filled }, input);
        if (target) found.targets.push({ ...target, ...(because ? { unasked: because } : {}) });
      }
    }
  return found;
}

function defaultWatch(kind: Kind): WatchConfig | undefined {
  if (kind === 'site') return { ...WATCH_DEFAULTS, check: plainCheck('site') };
  return kind === 'service' || kind === 'model' ? { ...WATCH_DEFAULTS, check: plainCheck('service') } : undefined;
}

function withSecrets(check: CheckConfig, secret: TargetsInput['secret'], missing: Set<string>): CheckConfig {
  if (check.kind !== 'http') return check;
  const headers = fillDeep(check.headers, (reference) => {
    if (reference.type !== 'secret') return undefined;
    const value = secret(reference.name);
    if (value === undefined) missing.add(reference.name);
    return value;
  });
  return { ...check, headers };
}

function targetOf(
  resource: Address,
  [provider, instance]: [string, InstanceState],
  { check: config, everySeconds, failAfter, recoverAfter, wakeSeconds, keepAwake }: WatchConfig,
  { accounts, allowPrivate }: TargetsInput,
): ProbeTarget | undefined {
  // Without a hash nothing has ever succeeded there.
  if (instance.id === null || instance.hash === null || instance.phase === 'removed') return undefined;
  const account = accounts.get(provider);
  const check = checkOf(config, resource, instance.outputs);
  if (!check) return undefined;
  const wake = (wakeSeconds ?? (resource.startsWith('service/') ? (account?.wakeSeconds ?? 0) : 0)) * 1000;
  return {
    instance: instanceId(resource, provider),
    resource,
    provider,
    check,
    failAfter,
    recoverAfter,
    wake,
    ...(wake > 0 && !keepAwake ? { sleeps: true } : {}),
    everySeconds,
    ...(allowPrivate || account?.private ? { private: true } : {}),
  };
}

/** The check with the instance's address in it; undefined where there is none. */
function checkOf(config: CheckConfig, resource: Address, outputs: Record<string, string>): Check | undefined {
  const url = URL.parse(outputs['url'] ?? '');
  const web = url && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined;
  const host = outputs['host'] ?? url?.hostname.replace(/^\[|\]$/g, '');
  switch (config.kind) {
    case 'heartbeat':
      return config;
    case 'http': {
      if (!web) return undefined;
      const { path, ...rest } = config;
      // Some live below a path of their host.
      return { ...rest, url: web.origin + web.pathname.replace(/\/$/, '') + path };
    }
    case 'tcp': {
      const port = config.port ?? portOf(outputs, url);
      return host && port ? { ...config, host, port } : undefined;
    }
    case 'dns': {
      const { kind, name } = parseAddress(resource) ?? {};
      const asked = kind === 'domain' ? name : host;
      return asked ? { ...config, name: asked } : undefined;
    }
  }
}

const DEFAULT_PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

function portOf({ port }: Record<string, string>, url: URL | null): number | undefined {
  return Number(port || url?.port) || (url ? DEFAULT_PORTS[url.protocol] : undefined);
}
