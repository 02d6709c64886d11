import { carryOutHealing } from './carry-out-healing.ts';
import { readConfig } from '../config/read-config.ts';
import { resourcesFor } from '../config/resources-for.ts';
import { isDue } from '../health/is-due.ts';
import { resting } from '../health/next-breakers.ts';
import { probeMany } from '../health/probe-many.ts';
import { wishesOf } from '../health/wishes.ts';
import { afterwards, lastRepair } from './aftermath.ts';
import { judgeHealth, type Judgement } from './judge-health.ts';
import { lookAtProviders, type ProviderView } from './look-at-providers.ts';
import { ownCertificates } from './own-certificates.ts';
import { failureOf } from '../model/errors.ts';
import type { HealthOutcome, ProbedInstance } from '../model/health-outcome.ts';
import type { Check, ProbeTarget, Round } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Ports } from '../ports.ts';
import { foldState } from '../record/fold.ts';
import { foldIncidents } from '../record/fold-health.ts';
import { standing } from '../record/lease.ts';
import { writeHealth } from '../record/write-health.ts';
import type { Known, Request } from '../request.ts';
import { SILENCE, tellAll, type Voice } from './voice.ts';
import { whatIsWatched } from './watched.ts';

export interface HealthRequest {
  /** The commit whose config says what is watched and how; null for the work tree. */
  commit: string | null;
  environment: string;
  /** `recorded`: without credentials, so that only probes are made. */
  basis: 'live' | 'recorded';
  /** Whether what the config says about failover and drift is carried out. */
  heal: boolean;
  /** Milliseconds between runs, where the schedule is known. */
  every?: number | undefined;
  /** What was asked already, since the record and oldest first: nothing is asked then. At least one. */
  rounds?: readonly Round[] | undefined;
  /** `public`: nothing on the network of this machine is asked, whatever the config says. */
  reach?: 'public' | undefined;
  known?: Known | undefined;
}

/**
 * One health run, stage by stage: what is to be watched, how it is, what that means, one commit, people told, and what can be
 * done about it done. What the findings mean is one pure step: runs at the same time, and one that goes on where another was
 * killed, come to the same.
 */
export async function checkHealth(
  request: HealthRequest,
  ports: Ports,
  voice: Voice = SILENCE,
): Promise<HealthOutcome> {
  const { environment, commit, basis, heal } = request;
  const { store, clock, signal, onProgress, run, renderReadme } = ports;
  const started = clock.now().getTime();

  // What the repository says.
  onProgress({ kind: 'stage', stage: 'read', message: 'reading the config and the record' });
  const snapshot = request.known?.snapshot ?? (await store.read({ commit, environment, what: 'history' }));
  const config = request.known?.config ?? (await readConfig(snapshot.config, ports.configCache));
  const recorded = foldState(snapshot.state.files, environment);
  const { resources } = resourcesFor(config, environment);
  const { targets, facts, policies, repaired, overdue, notes } = await whatIsWatched(
    { environment, config, resources, snapshot, recorded, reach: request.reach },
    ports,
  );

  // How it is, as the probes find it and as the providers say.
  onProgress({ kind: 'stage', stage: 'observe', message: `probing ${targets.length} endpoints` });
  const applied = recorded.environment?.commit ?? null;
  const isKnown = applied === snapshot.commit;
  const asApplied: Request = {
    commit: applied,
    environment,
    basis: 'live',
    intent: { kind: 'converge' },
    allow: new Map(),
    redeploy: new Set(),
    known: isKnown ? { snapshot, config } : undefined,
  };
  const isFree = (await standing(recorded.environment, '', clock.now(), ports.isRunAlive)).kind !== 'held';
  const canLook = basis === 'live' && applied !== null && isFree;
  const left = resting(recorded.health ?? {}, clock.now().toISOString());
  for (const [account, until] of left) notes.push(`${account} did not answer, and is not asked until ${until}`);
  const patient = { ...ports, resting: left };
  const look = canLook ? lookAtProviders(asApplied, recorded, config, patient).catch(failed(notes)) : undefined;
  const due = (target: ProbeTarget) => isDue(target, recorded.health, clock.now());
  const probed = targets.filter((target) => target.unasked === undefined && due(target));
  const [samples, view] = await Promise.all([
    // What answers may repeat a header that it was asked with, and samples are recorded.
    request.rounds?.at(-1)?.samples ?? probeMany(probed, { clock, signal }).then(ports.vault.maskDeep),
    look,
  ]);

  const certificates = ownCertificates({ environment, config, text: snapshot.certificates, now: clock.now() }, notes);

  // What that means, in one commit at most. Where others wrote meanwhile it is judged again.
  const now = clock.now().toISOString();
  const every = request.every ?? Math.min(...targets.map(({ everySeconds = 300 }) => everySeconds), 3600) * 1000;
  const writing = { store, environment, run: run.run, clock: clock.now, random: clock.random, delay: clock.delay };
  let judged!: Judgement;
  let { state, written } = await writeHealth({ ...writing, renderReadme, known: snapshot.state }, ({ files }) => {
    const open = foldIncidents(files, environment);
    const wishes = snapshot.issues && wishesOf(snapshot.issues, open);
    judged = judgeHealth(
      {
        environment,
        targets,
        samples,
        earlier: request.rounds?.slice(0, -1),
        facts,
        maintenance: [...config.maintenance, ...(wishes?.maintenance ?? [])],
        muted: wishes?.muted,
        drift: view?.drift,
        certificates,
        overdue,
        confirmedBy: view?.confirmedBy,
        answered: view && { accounts: new Set(Object.keys(config.providers)), answers: view.answered },
        every,
        now,
        run,
        healing: view && heal ? { policies, alternatives: view.alternatives } : undefined,
        claim: (incident) => voice.claim(incident, now),
      },
      foldState(files, environment),
      open,
      files,
    );
    return judged.edit;
  });
  let commits = written ? 1 : 0;
  const { evaluation, changes, healing } = judged;
  const outcome = (): HealthOutcome => ({
    fleet: config.fleet,
    environment,
    commit: applied,
    checked: now,
    instances: targets.flatMap((target): ProbedInstance[] => {
      const health = evaluation.health.instances[target.instance];
      return health ? [{ ...target, asked: asked(target), health }] : [];
    }),
    open: changes.open,
    opened: changes.opened,
    closed: changes.closed,
    notes: [
      ...notes,
      ...(evaluation.selfSuspect ? [evaluation.selfSuspect] : []),
      ...(evaluation.missing
        ? [`runs are missing: nothing is known of ${evaluation.missing.from} to ${evaluation.missing.to}`]
        : []),
    ],
    healed: [],
    duration: clock.now().getTime() - started,
    commits,
  });

  // People are told; what can be done is done by an apply like any other; what came of both is recorded, and told again.
  let told = await tellAll(foldIncidents(state.files, environment), voice);
  const repairable = new Set(
    changes.open.filter((incident) => isRepairDue(incident, now)).map(({ subject }) => subject),
  );
  const repairs = (heal && view ? [...(view.drift?.findings ?? []), ...view.unsettled] : []).filter(
    ({ resource }) => repaired.has(resource) && repairable.has(resource),
  );
  const known = asApplied.known && { snapshot: { ...snapshot, state }, config };
  const renewals = view?.renewals ?? [];
  const healed = heal ? await carryOutHealing({ ...healing, repairs, renewals }, { ...asApplied, known }, patient) : [];
  for (let news = healed; told.size + news.length > 0; news = []) {
    const at = clock.now().toISOString();
    const apart = { ...writing, renderReadme, known: news.length > 0 ? undefined : state };
    ({ state, written } = await writeHealth(apart, ({ files }) =>
      afterwards(foldIncidents(files, environment), foldState(files, environment).health, {
        told,
        healed: news,
        at,
        now,
      }),
    ));
    if (written) commits += 1;
    told = await tellAll(foldIncidents(state.files, environment), voice);
  }
  const result = { ...outcome(), healed };
  await voice.turned(result);
  return result;
}

/** What could not be repaired is tried again, but not by every run. */
const REPAIR_AGAIN = 3_600_000;

function isRepairDue(incident: Incident, now: string): boolean {
  if (incident.kind !== 'drift') return false;
  const last = lastRepair(incident);
  return last === undefined || Date.parse(now) - Date.parse(last) >= REPAIR_AGAIN;
}

const failed =
  (notes: string[]) =>
  (error: unknown): ProviderView | undefined => {
    notes.push(`the providers could not be asked: ${failureOf(error).message}`);
    return undefined;
  };

function asked({ check }: ProbeTarget): string {
  return ASKED[check.kind](check as never);
}

const ASKED: { [K in Check['kind']]: (check: Extract<Check, { kind: K }>) => string } = {
  http: ({ method, url }) => `${method} ${url}`,
  tcp: ({ host, port }) => `TCP ${host}:${port}`,
  dns: ({ type, name }) => `DNS ${type} ${name}`,
  heartbeat: ({ withinSeconds }) => `a report within ${withinSeconds} s`,
};
