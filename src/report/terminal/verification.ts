import type { Verification } from '../../model/verification.ts';
import { plural } from '../../model/words.ts';
import { clip, visible } from '../visible.ts';
import type { Look } from './look.ts';

/** Violations shown; `--json` has all. */
const SHOWN = 100;

/** What checking the state branch found: each violation with its commit, file and line, then the sum. */
export function renderVerification(verification: Verification, { colours }: Look): string {
  const { head, commits, environments, events, signatures, violations } = verification;
  const lines = violations.slice(0, SHOWN).map(({ commit, file, line, what }) => {
    const place = file === null ? '' : ` ${visible(file)}${line === null ? '' : `:${line}`}`;
    return `${colours.red('✗')} ${colours.cyan(`${commit.slice(0, 10)}${place}`)} ${visible(clip(what, 500))}`;
  });
  if (violations.length > SHOWN) lines.push(`… and ${violations.length - SHOWN} more`);
  const read = [plural(commits, 'commit'), plural(events, 'event'), plural(environments.length, 'environment')].join(
    ', ',
  );
  const sum =
    violations.length > 0
      ? colours.red(colours.bold(plural(violations.length, 'violation')))
      : colours.green('the branch only ever grew, and says what its journal says');
  const signed =
    signatures === 'none' ? 'signatures were not checked: only GitHub has them (--github)' : 'signatures checked';
  lines.push(`${sum} (${read}; ${signed})`, colours.dim(`newest commit, for --since: ${head}`));
  return `${lines.join('\n')}\n`;
}
