import { stripVTControlCharacters } from 'node:util';
import { logs, visible } from '../../index.ts';
import { addressOf, inEnvironment, openFleet } from '../open-fleet.ts';
import { count } from '../parse-command-line.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const { args, flags, console } = session;
  const address = addressOf(args[0] ?? '');
  const lines = count(flags, 'lines', 100);
  const fleet = await openFleet(session);
  const found = await inEnvironment(session, fleet, (environment) =>
    logs({ address, environment, commit: fleet.commit, lines }, fleet),
  );
  // What a service prints must not drive the terminal; a pipe gets it as it is.
  const shown = (line: string) =>
    console.outIsTerminal ? visible(stripVTControlCharacters(line).replaceAll('\t', '    ')) : line;
  const payload = found
    .flatMap(({ provider, lines }) => [...(found.length > 1 ? [`==> ${provider} <==`] : []), ...lines.map(shown)])
    .map((line) => `${line}\n`)
    .join('');
  return {
    exit: 0,
    document: { resource: address, logs: found },
    payload,
    ...(payload ? {} : { text: `${address} has printed nothing yet.\n` }),
  };
};
