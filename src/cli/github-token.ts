type Environment = Record<string, string | undefined>;

/** The token for GitHub that a person has set, under either of the names that tools know it by. */
export function gitHubToken(env: Environment): string | undefined {
  return env['GITHUB_TOKEN'] || env['GH_TOKEN'] || undefined;
}

/** Whether a credential of a provider is there, as a run would find it. */
export function hasCredential(env: Environment, variable: string): boolean {
  return Boolean(env[variable]) || (variable === 'GITHUB_TOKEN' && gitHubToken(env) !== undefined);
}
