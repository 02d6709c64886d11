import { readConfig } from './config/read-config.ts';
import { judgePolicy, refuseDenied } from './judge-policy.ts';
import type { Right } from './model/policy.ts';
import type { Ports } from './ports.ts';
import type { Known } from './request.ts';

/**
 * Whether whoever set this run off may do something that needs no plan, such as ending a lease; what the policy has to say to
 * those who may. @throws PolicyError naming the rule and its line
 */
export async function authorize(
  right: Right,
  { environment, known, commit = null }: { environment: string; known?: Known | undefined; commit?: string | null },
  ports: Ports,
): Promise<string[]> {
  const snapshot = known?.snapshot ?? (await ports.store.read({ commit, environment }));
  // Where there is no fleet there is no policy of one.
  if (snapshot.config.size === 0) return [];
  const config = known?.config ?? (await readConfig(snapshot.config, ports.configCache));
  const judgement = await judgePolicy({ right, environment, config, snapshot }, ports);
  refuseDenied(judgement);
  return judgement.warnings.map(({ message }) => message);
}
