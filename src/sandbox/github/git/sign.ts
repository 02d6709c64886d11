import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { formatCommit, type CommitObject } from './objects.ts';

/** GitHub's own key, which nobody else has. */
const KEY = randomBytes(32);

export const unsigned = ({ signature: _signature, ...commit }: CommitObject): CommitObject => commit;

const signatureOf = (commit: CommitObject): string =>
  createHmac('sha256', KEY)
    .update(formatCommit(unsigned(commit)))
    .digest('base64');

/** The commit as GitHub signs what it makes for those who ask by its API. */
export const sign = (commit: CommitObject): CommitObject => ({ ...unsigned(commit), signature: signatureOf(commit) });

/** Whether the commit was signed by {@link sign} and not changed since. */
export const isSigned = (commit: CommitObject): boolean => {
  const [given, expected] = [Buffer.from(commit.signature ?? ''), Buffer.from(signatureOf(commit))];
  return given.length === expected.length && timingSafeEqual(given, expected);
};
