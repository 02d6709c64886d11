import { knownOutputs, type Import, type Watch } from './apply/apply-input.ts';
import { runPlan } from './apply/run-plan.ts';
import { readConfig } from './config/read-config.ts';
import { resourcesFor } from './config/resources-for.ts';
import { canonical, digest } from './model/canonical.ts';
import type { Config } from './model/config.ts';
import { ConflictError, tagOf, UnsupportedError } from './model/errors.ts';
import { instanceId } from './model/graph.ts';
import type { Outcome } from './model/outcome.ts';
import type { Plan } from './model/plan.ts';
import { parseAddress, SECTION, type Address, type JsonObject } from './model/resource.ts';
import type { Ports } from './ports.ts';
import { plan as nextPlan, prepare } from './reconcile.ts';
import { refuseDenied } from './judge-policy.ts';
import { awaitTurn } from './record/await-turn.ts';
import { openRecorder } from './record/recorder.ts';
import type { Request } from './request.ts';
import type { ConfigFiles, Surveyed } from './survey.ts';

export interface ImportRequest {
  /** Full commit id that folders are hashed from; null for the work tree as it is. */
  commit: string | null;
  environment: string;
  account: string;
  /** The config, in which every address that is adopted stands already. */
  files: ConfigFiles;
  adoptions: readonly Adoption[];
}

export interface Adoption {
  address: Address;
  found: Surveyed;
}

export interface Imported {
  outcome: Outcome;
  /** What was this fleet's before, under the same address: left alone. */
  already: Address[];
  /** Why the next plan changes what was adopted, where it is not known to be what the config says. */
  differs: Map<Address, string>;
  /** What is left to do. */
  next: Plan;
}

/**
 * Makes what exists ours as it is: marked at the provider, recorded under the lease of the environment, nothing deployed.
 * `started` of the watch is told when the first intent is recorded. ConflictError, before anything is changed, for what belongs to another or stands in the record otherwise.
 */
export async function importResources(
  wanted: ImportRequest,
  ports: Ports,
  watch: Pick<Watch, 'started'> = {},
): Promise<Imported> {
  const { clock, store, signal, isRunAlive } = ports;
  const { environment, commit, files } = wanted;
  const config = await readConfig(files);
  const request = async (): Promise<Request> => ({
    commit,
    environment,
    basis: 'live',
    intent: { kind: 'converge' },
    allow: new Map(),
    redeploy: new Set(),
    known: { config, snapshot: { ...(await store.read({ commit, environment })), config: files } },
  });
  for (;;) {
    const prepared = await prepare(await request(), ports, 'import');
    refuseDenied(prepared.judgement);
    const { graph, state } = prepared;
    const adoptions = wanted.adoptions.filter((adoption) => !isOurs(adoption, wanted, prepared));
    for (const adoption of adoptions) check(adoption, wanted, prepared);
    const { imports, differs } = await compare(adoptions, config, wanted, prepared, ports);
    const plan = importPlan(prepared.plan, adoptions, wanted.account);
    // Until the config with it is applied, one without it must not take it away.
    const facts = new Map(
      graph.resources.flatMap(({ address, dependsOn }) =>
        imports.has(address) ? [[address, { protect: true, dependsOn }] as const] : [],
      ),
    );
    const already = wanted.adoptions.flatMap((one) => (adoptions.includes(one) ? [] : [one.address]));
    const outputs = knownOutputs(prepared, ports.vault);
    const ending = async (outcome: Outcome): Promise<Imported> => ({
      outcome,
      already,
      differs,
      next: await nextPlan(await request(), ports),
    });
    if (adoptions.length === 0)
      return ending({ plan, result: 'unchanged', steps: [], outputs: {}, duration: 0, commits: 0 });
    const recorder = openRecorder({
      ...ports,
      ...ports.run,
      ...clock,
      clock: clock.now,
      state,
      plan,
      facts,
      purpose: 'import',
      names: new Map([...imports].map(([address, { name }]) => [address, name])),
    });
    const begun = await recorder.begin(plan.steps);
    if (begun === 'moved') continue;
    if (begun !== 'acquired') {
      await awaitTurn({ store, environment, clock, signal, isRunAlive });
      continue;
    }
    const watching = { ...watch, approve: async () => true };
    return ending(
      await runPlan({ ...prepared, ...ports, plan, outputs, recorder, watch: watching, imports, redeploy: new Set() }),
    );
  }
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

function instanceOf({ address }: Adoption, { account }: ImportRequest, { recorded }: Prepared) {
  return recorded.resources.get(address)?.instances[account];
}

/** Marked and recorded as what it is to become. */
function isOurs(adoption: Adoption, wanted: ImportRequest, prepared: Prepared): boolean {
  const { owner, id } = adoption.found;
  const { fleet, environment } = prepared.graph;
  const marked = owner?.fleet === fleet && owner.environment === environment && owner.address === adoption.address;
  const instance = instanceOf(adoption, wanted, prepared);
  return marked && instance?.id === id && instance.intent === undefined;
}

function check(adoption: Adoption, wanted: ImportRequest, prepared: Prepared): void {
  const { address, found } = adoption;
  const { account, adoptions } = wanted;
  const { fleet, environment } = prepared.graph;
  const { owner, cannot, name, id } = found;
  const refuse = (why: string, mend: string): never => {
    throw new ConflictError(`${name} at ${account} cannot become ${address}: ${why}`, { mend });
  };
  if (cannot) throw new UnsupportedError(`${name} at ${account} cannot be imported: ${cannot}`);
  if (owner && (owner.fleet !== fleet || owner.environment !== environment || owner.address !== address))
    refuse(`it is ${owner.address} of fleet ${owner.fleet}, environment ${owner.environment}`, 'choose another');
  if (parseAddress(address)?.kind !== found.kind) refuse(`it is a ${found.kind}`, `write ${id}=${found.kind}/NAME`);
  if (adoptions.some((one) => one !== adoption && (one.address === address || one.found.id === id)))
    refuse('it is asked for twice', 'give each an address of its own');
  const at = prepared.placement.get(address) ?? [];
  if (!at.some(({ provider }) => provider === account))
    refuse(
      `the config places that on ${at.map(({ provider }) => provider).join(', ')}`,
      `say place: { on: ${account} }`,
    );
  const recorded = instanceOf(adoption, wanted, prepared)?.id;
  const there = prepared.observation.instances.get(instanceId(address, account))?.id;
  const other = [recorded, there].find((one) => one !== undefined && one !== null && one !== id);
  if (other) refuse(`${address} is at ${account} already, as ${other}`, 'give it another name');
}

/** Which of them are known to be what the config says, and of the others why not. */
async function compare(
  adoptions: readonly Adoption[],
  config: Config,
  wanted: ImportRequest,
  { graph }: Prepared,
  { store }: Ports,
) {
  const imports = new Map<Address, Import>();
  const differs = new Map<Address, string>();
  const { resources } = resourcesFor(config, graph.environment);
  for (const { address, found } of adoptions) {
    const { kind, name } = parseAddress(address)!;
    const same = canonical(await specOf(address, found)) === canonical(resources[kind][name]?.spec);
    const { source } = graph.resources.find((resource) => resource.address === address)!;
    const why = !same
      ? 'flotilla.yml describes it otherwise than it is'
      : (found.untold ?? (source ? await filesDiffer(source, found.commit, wanted, store) : undefined));
    if (why !== undefined) differs.set(address, why);
    imports.set(address, { id: found.id, name: found.name, same: why === undefined });
  }
  return { imports, differs };
}

/** What was found, as a config would say it; undefined where none can, and a person described it otherwise. */
async function specOf(address: Address, { settings }: Surveyed): Promise<JsonObject | undefined> {
  const { kind, name } = parseAddress(address)!;
  const text = JSON.stringify({ fleet: 'none', [SECTION[kind]]: { [name]: settings } });
  try {
    return (await readConfig(new Map([['flotilla.yml', text]]))).resources[kind][name]?.spec;
  } catch (error) {
    if (tagOf(error) === 'config') return undefined;
    throw error;
  }
}

/** Whether the folder is the same now as at the commit that runs; why not, else undefined. */
async function filesDiffer(
  { dir, tree }: { dir: string; tree: string },
  commit: string | undefined,
  { account }: ImportRequest,
  store: Ports['store'],
): Promise<string | undefined> {
  if (commit === undefined) return `${account} does not tell which commit runs`;
  const then = await store.tree(commit).catch(() => undefined);
  if (then === undefined) return `it runs commit ${commit.slice(0, 12)}, which this repository does not have`;
  return then.get(dir) === tree
    ? undefined
    : `the files in ${dir || 'the repository'} are not those of commit ${commit.slice(0, 12)}, which runs`;
}

function importPlan(base: Plan, adoptions: readonly Adoption[], account: string): Plan {
  const steps = adoptions.map(({ address, found }): Plan['steps'][number] => ({
    id: instanceId(address, account),
    resource: address,
    provider: account,
    action: 'adopt',
    because: `imported: it is ${found.name} there`,
    diff: [],
    after: [],
  }));
  const { fleet, environment, commit } = base;
  const hash = digest({ import: steps, fleet, environment, commit }, 64);
  return { ...base, steps, unchanged: 0, warnings: [], blocks: [], unread: [], hash };
}
