import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  ConfigError,
  DEFAULT_ENVIRONMENT,
  environmentsOf,
  exitOfOutcome,
  importResources,
  readConfig,
  renderPlan,
  survey,
  visible,
  type Config,
  type Imported,
  type Survey,
} from '../../index.ts';
import { confirm, requireAnswer } from '../confirm.ts';
import { choose, suggestedAddress, type Choice } from '../import/choose.ts';
import { addedLines, configWith, type Texts } from '../import/config-with.ts';
import { wordOf } from '../init/detect.ts';
import { liveProgress } from '../live-progress.ts';
import { openFleet, type Fleet } from '../open-fleet.ts';
import type { Result, Run, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export const run: Run = async (session) => {
  const [account, ...words] = session.args as [string, ...string[]];
  if (words.length > 0) requireAnswer(session, 'import');
  using progress = liveProgress(session.console, session.json);
  const fleet = await openFleet(session, progress.on);
  const { texts, sealed } = await readTexts(fleet);
  const config = texts.size > 0 ? await readConfig(texts) : undefined;
  const found = await survey(account, texts, fleet, sealed);
  progress.rest();
  if (words.length === 0) return listed(found, session);
  const used = new Set(
    [...texts.values()].flatMap((text) => [...text.matchAll(/\$\{secret\.(\w+)\}/g)].map((at) => at[1]!)),
  );
  const choices = choose(words, found, config, used);
  const name = wordOf(basename(fleet.root)) || 'fleet';
  const withThese = (some: readonly Choice[]) => configWith(texts, some, found, name, config);
  const next = withThese(choices);
  await readConfig(next).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(
      `flotilla.yml has no words for it: ${error.problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
      'describe it there yourself, and import it to that address',
    );
  });

  const { console } = session;
  const shown = announced(choices, texts, next, found, session).join('\n');
  if (!session.json || !session.flags.on('yes')) console.err(`${shown}\n`);
  if (!(await confirm(session, `Adopt ${choices.length === 1 ? 'it' : `these ${choices.length}`}?`)))
    return { exit: 1, document: { account, result: 'declined' }, text: 'Nothing was changed.\n' };

  await write(fleet, texts, next);
  let imported: Imported;
  let begun = false;
  const environment = environmentFor(session, config);
  try {
    imported = await importResources(
      { commit: fleet.commit, environment, account, files: next, adoptions: choices },
      fleet,
      { started: async () => void (begun = true) },
    );
  } catch (error) {
    // Once it has begun only another run can tell how far it came, and it finds out by the file.
    if (!begun) await write(fleet, next, texts);
    throw error;
  }
  progress.rest();
  const failed = new Set(
    imported.outcome.steps.flatMap(({ step, result }) => (result === 'failed' ? [step.resource] : [])),
  );
  const adopted = choices.filter(({ address }) => !failed.has(address));
  // What was refused would be made anew by the next plan; what was interrupted is looked for by its name.
  if (failed.size > 0) await write(fleet, next, adopted.length > 0 ? withThese(adopted) : texts);
  return told({ imported, adopted, found, environment }, session);
};

function environmentFor({ environment }: Session, config: Config | undefined): string {
  if (environment !== undefined || !config || Object.hasOwn(config.environments, DEFAULT_ENVIRONMENT))
    return environment ?? DEFAULT_ENVIRONMENT;
  return environmentsOf(config, { kind: 'asked', environment: undefined }, null)[0] ?? DEFAULT_ENVIRONMENT;
}

/** The config that the record goes with, and what is sealed beside it; with --github that of the default branch, which has to be what lies here. */
async function readTexts(fleet: Fleet): Promise<{ texts: Texts; sealed: ReadonlyMap<string, string> }> {
  const { config, sealed } = await fleet.store.read({ commit: fleet.commit, environment: DEFAULT_ENVIRONMENT });
  const texts = new Map([...config].map(([path, content]) => [path, Buffer.from(content as string).toString('utf8')]));
  for (const [path, text] of texts) {
    const here = await readFile(join(fleet.root, path), 'utf8').catch(() => undefined);
    if (here !== text)
      throw new UsageError(
        `${path} in this folder is not that of the default branch on GitHub`,
        'import writes it: work in a clone of the repository, with the default branch pulled',
      );
  }
  return { texts, sealed };
}

async function write({ root }: Fleet, before: Texts, after: Texts): Promise<void> {
  for (const [path, text] of after) {
    if (before.get(path) === text) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  for (const path of before.keys()) if (!after.has(path)) await rm(join(root, path));
}

function listed({ account, type, found, refused, effects }: Survey, { console }: Session): Result {
  const { bold, dim, green, yellow } = console.look.colours;
  const rows = found.map((one) => {
    const { owner, cannot } = one;
    const whose = owner
      ? `${owner.address} of ${owner.fleet}, ${owner.environment}`
      : cannot
        ? `no: ${cannot}`
        : 'not managed';
    return { cells: [one.kind, one.name, one.id, one.url ?? ''].map(visible), whose: visible(whose), one };
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map(({ cells }) => cells[column]!.length)));
  const lines = [
    ...rows.map(({ cells, whose, one }) => {
      const tint = one.owner ? green : one.cannot ? yellow : bold;
      return `${cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}  ${tint(whose)}`;
    }),
    ...(found.length === 0 ? [`${account} holds nothing that could be imported.`] : []),
    ...refused.map(({ kind, because }) => `${yellow('!')} no ${kind} can be imported from ${type}: ${because}`),
    ...(found.some(({ owner, cannot }) => !owner && !cannot)
      ? ['', `Next: ${dim(`flotilla import ${account} ID=kind/name`)} adopts one of them.`]
      : []),
  ];
  const resources = found.map((one) => ({ ...one, address: suggestedAddress(one) }));
  return { exit: 0, document: { account, type, resources, refused, effects }, text: `${lines.join('\n')}\n` };
}

/** What is about to be written, what is not in it, and what the user has to do. */
function announced(
  choices: readonly Choice[],
  before: Texts,
  after: Texts,
  { account, effects }: Survey,
  { console }: Session,
): string[] {
  const { green, yellow } = console.look.colours;
  const kinds = [...new Set(choices.map(({ found }) => found.kind))];
  return [
    ...choices.map(({ address, found, described }) =>
      visible(
        `${found.name} (${found.id}) at ${account} becomes ${address}${described ? ', as flotilla.yml describes it' : ''}`,
      ),
    ),
    ...[...after].flatMap(([path, text]) => {
      const added = addedLines(before.get(path) ?? '', text);
      return added.length > 0 ? [`${path}:`, ...added.map((line) => green(`+ ${visible(line)}`))] : [];
    }),
    ...choices.flatMap(({ address, found, described }) =>
      described
        ? []
        : found.left.map(
            ({ setting, because }) =>
              `${yellow('!')} ${visible(`${address}: ${setting} is not carried over, ${because}`)}`,
          ),
    ),
    ...kinds.flatMap((kind) => (effects[kind] ? [`${yellow('!')} ${effects[kind]}`] : [])),
    ...choices.flatMap(({ secrets }) =>
      secrets.map(
        ({ secret, variable, resource }) =>
          `${yellow('!')} set the secret ${secret} to what ${variable} of ${resource} is`,
      ),
    ),
  ];
}

interface Done {
  imported: Imported;
  adopted: readonly Choice[];
  found: Survey;
  environment: string;
}

function told({ imported, adopted, found: { account }, environment }: Done, { console, verbose }: Session): Result {
  const { outcome, already, differs, next } = console.masked(imported);
  const { green, red, yellow } = console.look.colours;
  const quiet = next.steps.length === 0 && next.blocks.length === 0;
  const lines = [
    ...outcome.steps.map(({ step, result, failure }) =>
      result === 'succeeded'
        ? `${green('✓')} ${step.resource} is adopted`
        : `${red('✗')} ${step.resource} is not adopted: ${visible(failure?.message ?? result)}`,
    ),
    ...already.map((address) => `${green('✓')} ${address} was adopted before`),
    ...[...differs].map(([address, why]) => `${yellow('!')} the next plan deploys ${address}: ${visible(why)}`),
    ...(quiet
      ? ['The next plan has nothing to do.']
      : ['', 'The next plan:', renderPlan(next, console.look, { all: verbose })]),
    'Commit and push flotilla.yml. Until it is applied, what was adopted is protected from deletion.',
  ];
  return {
    exit: exitOfOutcome(outcome),
    document: {
      account,
      environment,
      result: outcome.result,
      adopted: adopted.map(({ address, found: { id, name } }) => ({ address, id, name })),
      already,
      failed: outcome.steps.flatMap(({ step, failure }) => (failure ? [{ address: step.resource, failure }] : [])),
      secrets: adopted.flatMap(({ secrets }) => secrets),
      left: adopted.flatMap(({ address, described, found }) =>
        described ? [] : found.left.map((one) => ({ address, ...one })),
      ),
      differs: Object.fromEntries(differs),
      next,
    },
    text: `${lines.join('\n')}\n`,
  };
}
