import type { PolicyConfig, PolicyRules } from '../model/policy.ts';

/** A rule with its dotted path in the config. */
export interface Found<T> {
  value: T;
  path: string;
}

/**
 * What the policy says of one thing in an environment: its own rules, for a pull request's copy those of the environment that
 * it is a copy of, else those for all (`*`).
 */
export function rulesFor(policy: PolicyConfig, environment: string) {
  const base = /^(.+)-[0-9]+$/.exec(environment)?.[1];
  const names = [environment, ...(base === undefined ? [] : [base]), '*'].filter((name) => Object.hasOwn(policy, name));
  return <T>(pick: (rules: PolicyRules) => T | undefined, key: string): Found<T> | undefined => {
    for (const name of names) {
      const value = pick(policy[name] as PolicyRules);
      if (value !== undefined) return { value, path: `policy.${name}.${key}` };
    }
    return undefined;
  };
}
