import { knownOutputs, type Watch } from './apply/apply-input.ts';
import { gatherSecrets } from './apply/gather-secrets.ts';
import { runPlan, untouched } from './apply/run-plan.ts';
import { readConfig } from './config/read-config.ts';
import { resourcesFor } from './config/resources-for.ts';
import { cautions, connect, drift } from './connect.ts';
import { buildGraph } from './desired/build-graph.ts';
import { waysOf } from './desired/ways.ts';
import { holdToPolicy, noteDenial, type Purpose } from './hold-to-policy.ts';
import { ConfigError } from './model/errors.ts';
import type { Outcome } from './model/outcome.ts';
import { waves, type Plan } from './model/plan.ts';
import { observe, observeRecorded } from './observe/observe.ts';
import { place } from './placement/place.ts';
import { offersNow } from './offers-now.ts';
import { makePlan } from './plan/make-plan.ts';
import type { Ports } from './ports.ts';
import { awaitTurn } from './record/await-turn.ts';
import { foldState } from './record/fold.ts';
import { isSettled } from './record/record-steps.ts';
import { openRecorder } from './record/recorder.ts';
import { secretsInUse } from './secrets-in-use.ts';
import { withIntent, type Request } from './request.ts';

/**
 * The whole of Flotilla, stage by stage. Every surface (Action, App, CLI) turns what happened into a `Request` and calls
 * `plan` or `apply`; data flows one way, from the config file to what the record says.
 */
export async function prepare(request: Request, ports: Ports, purpose: Purpose = 'look') {
  const [{ store, signal, clock }, { environment }] = [ports, request];

  // What the repository says: config at the commit, and what earlier runs recorded.
  ports.onProgress({ kind: 'stage', stage: 'read', message: 'reading the config and the record' });
  const reading = store.tree(request.commit);
  reading.catch(() => {}); // a bad config is reported first; a failed listing is reported where it is awaited
  const snapshot = request.known?.snapshot ?? (await store.read(request));
  const config = request.known?.config ?? (await readConfig(snapshot.config, ports.configCache));
  const recorded = foldState(snapshot.state.files, environment);

  // What shall be: the environment's resources, linked by their references.
  const described = resourcesFor(config, environment).resources;
  const { resources, restore, destroy } = withIntent(request, described, recorded);
  const issues = purpose === 'plan' || purpose === 'apply';
  const secrets = secretsInUse({ request, issues, config, resources, recorded, snapshot }, ports);
  const [tree, { images }] = [await reading, ports];
  const graph = buildGraph({ config, environment, resources, tree, images, sealed: secrets });
  await secrets.open(graph, restore); // masked from here on

  // Where each goes.
  const connections = await connect(config, ports, secrets.openNamed);
  const month = clock.now().toISOString().slice(0, 7);
  const { offers, warnings } = await offersNow(connections, config, request.basis);
  const noted = [...secrets.warnings, ...warnings];
  const outlook = place({ graph, config, offers, recorded, month });
  const { placement, problems } = outlook;
  if (problems.length > 0) throw new ConfigError(problems);

  // What is: asked of the providers, never guessed from the record, unless this run has no right to ask.
  ports.onProgress({ kind: 'stage', stage: 'observe', message: `asking ${[...connections.keys()].join(', ')}` });
  const asking = { ...graph, placement, recorded, connections, retry: { ...clock, signal } };
  const observation = request.basis === 'recorded' ? observeRecorded(recorded) : await observe(asking);

  // What to do about the difference.
  ports.onProgress({ kind: 'stage', stage: 'plan', message: `comparing ${graph.resources.length} resources` });
  const { renewals, seal } = secrets;
  const found = { graph, placement, observation, recorded, restore, renewals };
  const made = makePlan({
    ...request,
    ...found,
    outlook,
    commit: snapshot.commit,
    destroy,
    drift: drift(connections, graph, recorded, snapshot.commit),
    warnings: [...cautions(connections, placement, { ...config, resources: described }, ports), ...noted],
  });
  const asked = { request, purpose, config, snapshot, recorded, connections };
  const { plan, judgement } = await holdToPolicy(made, asked, ports);
  const [ways, issuer] = [waysOf(config, graph), secrets.issuer(tree.get(''))];
  return { ...snapshot, ...found, plan, judgement, connections, redeploy: request.redeploy, ways, seal, issuer };
}

/** What would change, and nothing else: the providers are only read. */
export async function plan(request: Request, ports: Ports): Promise<Plan> {
  return (await prepare(request, ports, 'plan')).plan;
}

/** Makes it so. Waits its turn when another run holds the lease, and then plans afresh. */
export async function apply(
  request: Request,
  ports: Ports,
  watch: Watch = { approve: async () => true },
): Promise<Outcome> {
  const { clock, store, signal, onProgress } = ports;
  for (let { known } = request; ; known = undefined) {
    const prepared = await prepare({ ...request, known }, ports, 'apply');
    const { plan, graph, recorded, ways } = prepared;
    const outputs = knownOutputs(prepared, ports.vault);
    if (plan.blocks.length > 0) await noteDenial(prepared, ports);
    if (plan.blocks.length > 0) return untouched(plan, 'blocked', outputs);
    const facts = new Map(graph.resources.map(({ address, protect, dependsOn }) => [address, { protect, dependsOn }]));
    if (plan.steps.length === 0 && plan.unread.length > 0) return untouched(plan, 'failed', outputs);
    if (plan.steps.length === 0 && isSettled(recorded, facts, ways)) return untouched(plan, 'unchanged', outputs);
    await gatherSecrets({ ...prepared, ...ports, outputs });
    if (!(await watch.approve(plan))) return untouched(plan, 'blocked', outputs);

    // The right to apply and the intents of the first wave are one commit.
    const recorder = openRecorder({ ...ports, ...ports.run, ...clock, ...prepared, clock: clock.now, facts });
    const begun = await recorder.begin(waves(plan.steps)[0] ?? []);
    if (begun === 'moved') continue;
    if (begun !== 'acquired') {
      onProgress({ kind: 'stage', stage: 'wait', message: `waiting for ${begun.held.actor}'s run ${begun.held.run}` });
      await awaitTurn({ store, environment: graph.environment, clock, signal, isRunAlive: ports.isRunAlive });
      continue;
    }
    const message = plan.steps.length === 1 ? '1 step' : `${plan.steps.length} steps`;
    onProgress({ kind: 'stage', stage: 'apply', message });
    return runPlan({ ...prepared, ...ports, outputs, recorder, watch });
  }
}
