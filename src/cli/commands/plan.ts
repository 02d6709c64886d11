import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitOfPlan, plan, renderPlan } from '../../index.ts';
import { liveProgress } from '../live-progress.ts';
import { inEnvironment, openFleet, requestFor } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const { console, flags, json, cwd, verbose } = session;
  using progress = liveProgress(console, true);
  const fleet = await openFleet(session, progress.on);
  const made = await inEnvironment(session, fleet, (environment) =>
    plan(requestFor(session, fleet, environment, { kind: 'converge' }), fleet),
  );
  progress.rest();
  const out = flags.text('out');
  if (out !== undefined) await writeFile(resolve(cwd, out), `${JSON.stringify(fleet.vault.maskDeep(made), null, 2)}\n`);
  const saved = out === undefined ? '' : `Saved. To apply exactly this: flotilla apply --plan ${out}\n`;
  return {
    exit: exitOfPlan(made, flags.on('detailed-exitcode')),
    document: made,
    text: json ? '' : renderPlan(console.masked(made), console.look, { all: verbose }) + saved,
  };
};
