import { checkHealth, type HealthRequest } from '../watch/check-health.ts';
import { readConfig } from '../config/read-config.ts';
import { mayAskPrivate } from '../judge-policy.ts';
import type { Config } from '../model/config.ts';
import type { HealthOutcome } from '../model/health-outcome.ts';
import type { Incident } from '../model/incident.ts';
import { fill } from '../model/template.ts';
import type { Ports } from '../ports.ts';
import { foldState } from '../record/fold.ts';
import { healthReport } from '../report/health-report.ts';
import type { IncidentPlace } from '../report/incident-issue.ts';
import type { Voice } from '../watch/voice.ts';
import { publishFailure } from './publish-plan.ts';
import { sendWebhook } from './send-webhook.ts';
import { reportCounting, type Posted, type Target } from './target.ts';
import { tellHealth } from './tell-health.ts';
import { CLAIM_SECONDS, isUntold, tellIncident, tellingOf } from './tell-incidents.ts';

export interface PublishedHealth extends Posted {
  environment: string;
  outcome?: HealthOutcome;
  error?: unknown;
}

/** A health run that tells people on GitHub: one issue an incident, the check on the deployed commit, the Deployment's state, the webhook. */
export async function publishHealth(
  request: HealthRequest & { commit: string },
  ports: Ports,
  target: Target,
): Promise<PublishedHealth> {
  const { environment, commit } = request;
  try {
    const { store, configCache } = ports;
    const snapshot = request.known?.snapshot ?? (await store.read({ commit, environment, what: 'history' }));
    const config = request.known?.config ?? (await readConfig(snapshot.config, configCache));
    const applied = foldState(snapshot.state.files, environment).environment?.commit ?? commit;
    const told = new Map<string, Posted>();
    const allowPrivate = request.reach !== 'public' && (await mayAskPrivate(config, snapshot));
    const voice = voiceOf({ config, applied, ports, target, told, allowPrivate });
    const outcome = await checkHealth({ ...request, known: { snapshot, config } }, ports, voice);
    const shown = ports.vault.maskDeep(outcome);
    const report = reportCounting((context) => healthReport(shown, context), target);
    return { environment, outcome, ...(told.get(environment) ?? { report, posted: true }) };
  } catch (error) {
    return { environment, error, ...(await publishFailure(error, 'health', { commit, environment }, ports, target)) };
  }
}

interface Speaking {
  config: Config;
  /** The commit that is deployed. */
  applied: string;
  ports: Ports;
  target: Target;
  /** What was posted, by environment. */
  told: Map<string, Posted>;
  /** The webhook may be on a private network. */
  allowPrivate: boolean;
}

function voiceOf({ config, applied, ports, target, told, allowPrivate }: Speaking): Voice {
  const { vault } = ports;
  const { run } = ports.run;
  const place: IncidentPlace = {
    ...(target.repositoryUrl ? { files: `${target.repositoryUrl}/blob/${applied}` } : {}),
    ...(config.status.url ? { status: config.status.url } : {}),
  };
  const telling = (incident: Incident) => tellingOf(incident, place, vault.maskDeep);
  /** Incidents whose issue a run before this one took on and may have opened. */
  const again = new Set<string>();
  const refusals = new Set<string>();
  return {
    claim(incident, now) {
      const { publisher } = incident;
      if (incident.issue !== null || !isUntold(incident, telling(incident)) || publisher?.run === run) return incident;
      if (publisher && publisher.until > now) return incident;
      if (publisher) again.add(incident.id);
      const until = new Date(Date.parse(now) + CLAIM_SECONDS * 1000).toISOString();
      return { ...incident, publisher: { run, until } };
    },
    isUntold: (incident) =>
      (incident.issue !== null || incident.publisher?.run === run) && isUntold(incident, telling(incident)),
    async tell(incident) {
      const text = telling(incident);
      const { issue, refused } = await tellIncident(incident, text, { target, config: config.incidents, again });
      if (refused) refusals.add(`incidents are told by no issue: ${refused}`);
      return { issue, told: text.told };
    },
    async turned(outcome) {
      const { environment, opened, closed } = outcome;
      outcome.notes.push(...refusals);
      const shown = vault.maskDeep(outcome);
      told.set(environment, await tellHealth(shown, target));
      for (const incident of vault.maskDeep(opened)) await call('incident.opened', incident);
      for (const incident of vault.maskDeep(closed)) await call('incident.closed', incident);

      async function call(event: string, incident: Incident): Promise<void> {
        const { webhook } = config.incidents;
        if (!webhook || incident.muted !== undefined) return;
        const url = withSecrets(webhook.url);
        const secret = webhook.secret && withSecrets(webhook.secret);
        const problem =
          url === undefined || (webhook.secret && secret === undefined)
            ? 'the webhook names a secret that this run does not have'
            : await sendWebhook(
                event,
                { event, fleet: config.fleet, environment, incident },
                { url, secret, allowPrivate, signal: ports.signal },
              );
        if (problem) outcome.notes.push(problem);
      }
    },
  };

  /** Undefined when one of the secrets has no value here. */
  function withSecrets(text: string): string | undefined {
    let whole = true;
    const filled = fill(text, (reference) => {
      const value = reference.type === 'secret' ? vault.secret(reference.name) : undefined;
      if (value === undefined) whole = false;
      return value;
    });
    return whole ? filled : undefined;
  }
}
