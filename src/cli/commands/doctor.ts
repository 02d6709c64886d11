import { DEFAULT_ENVIRONMENT, failureOf, providers, status, validate, type Config } from '../../index.ts';
import { githubCheck } from '../doctor/github-check.ts';
import { attempt, renderFindings, type Finding } from '../doctor/finding.ts';
import { gitCheck, nodeCheck } from '../doctor/machine-checks.ts';
import { hasCredential } from '../github-token.ts';
import { sealedNames, secretsCheck } from '../doctor/secrets-check.ts';
import { openFleet, type Fleet } from '../open-fleet.ts';
import type { Run, Session } from '../session.ts';

export const run: Run = async (session) => {
  const findings: Finding[] = [nodeCheck(process.versions.node), await gitCheck()];
  const fleet = await openFleet(session).catch((error: unknown) => {
    const { message, mend } = failureOf(error);
    findings.push({ level: 'fail', check: 'repository', message, ...(mend ? { mend } : {}) });
    return undefined;
  });
  if (fleet) findings.push(...(await fleetChecks(session, fleet)));

  return {
    exit: findings.some(({ level }) => level === 'fail') ? 3 : 0,
    document: { findings },
    text: renderFindings(session.console.masked(findings), session.console.look.colours),
  };
};

async function fleetChecks(session: Session, fleet: Fleet): Promise<Finding[]> {
  const { environment, env } = session;
  const findings: Finding[] = [{ level: 'ok', check: 'repository', message: fleet.root }];
  let config: Config | undefined;
  findings.push(
    await attempt('config', async () => {
      const checked = await validate({ commit: fleet.commit, environment }, fleet);
      config = checked.config;
      return `fleet ${config.fleet}, ${checked.graphs.map((graph) => `${graph.environment} with ${graph.resources.length} resources`).join(', ')}`;
    }),
    await attempt('state', async () => {
      const { environments } = await status(environment ?? DEFAULT_ENVIRONMENT, fleet);
      return environments.length > 0
        ? `the branch knows ${environments.join(', ')}`
        : 'nothing was applied yet, the first apply makes the branch';
    }),
  );
  const sealed = await sealedNames(fleet, environment ?? DEFAULT_ENVIRONMENT);
  for (const [account, { type }] of Object.entries(config?.providers ?? {}))
    findings.push(...(await credentialChecks(account, type, (name) => hasCredential(env, name) || sealed.has(name))));
  findings.push(...(await secretsCheck(fleet, environment ?? DEFAULT_ENVIRONMENT)));
  findings.push(await githubCheck(fleet.root, env, session.signal));
  return findings;
}

/** Whether a provider's credentials are there, set or sealed. Their values are never looked at beyond that. */
async function credentialChecks(account: string, type: string, has: (name: string) => boolean): Promise<Finding[]> {
  if (!providers.types.includes(type))
    return [
      {
        level: 'fail',
        check: account,
        message: `this release has no provider "${type}"`,
        mend: `it has ${providers.types.join(', ')}`,
      },
    ];
  const { credentials, title } = await providers.load(type);
  const missing = credentials.filter(({ variable, required }) => required && !has(variable));
  if (missing.length === 0)
    return [
      {
        level: 'ok',
        check: account,
        message: credentials.length > 0 ? `${title}: credentials are set` : `${title}: needs no credentials`,
      },
    ];
  return missing.map(({ variable, about }) => ({
    level: 'fail',
    check: account,
    message: `${title}: ${variable} is not set`,
    mend: `set ${variable}: ${about}`,
  }));
}
