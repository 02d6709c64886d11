import { tagOf, UnsupportedError } from './model/errors.ts';
import type { Plan } from './model/plan.ts';
import type { PolicyInput } from './model/policy-input.ts';
import type { OpaRule } from './model/policy.ts';
import { evaluateBundle } from './opa/evaluate-bundle.ts';
import { LARGEST_BUNDLE, readBundle, type Bundle } from './opa/read-bundle.ts';
import { clean, readResult, type Said } from './opa/read-result.ts';
import { bundlesFor } from './policy/evaluate.ts';
import { inputFor } from './policy/input-for.ts';
import type { Question, Verdict } from './policy/question.ts';
import type { Ports } from './ports.ts';
import type { Snapshot } from './record/store.ts';

const MEND = 'change what is to be done, or the policy on the default branch';
const MEND_BUNDLE = 'mend the rule or the bundle on the default branch: while it gives no answer, nothing is allowed';

/**
 * What the policies in Rego say that hold in an environment: what they deny, and what they warn of. One that gives no answer,
 * for whatever reason, denies. Errors as the store's.
 */
export async function judgeOpa(
  question: Question,
  { snapshot, plan }: { snapshot: Pick<Snapshot, 'beside'>; plan?: Plan | undefined },
  { vault, signal }: Pick<Ports, 'vault' | 'signal'>,
): Promise<Verdict> {
  const { path: rules, value } = bundlesFor(question) ?? { path: '', value: [] };
  const verdict: Verdict = { denials: [], warnings: [], rules: [] };
  const bundles = new Map<string, Promise<Bundle>>();
  const read = (path: string): Promise<Bundle> => {
    const bundle = bundles.get(path) ?? bundleAt(path, snapshot);
    bundles.set(path, bundle);
    return bundle;
  };
  // One after the other: each may take much memory.
  for (const [index, asked] of value.entries()) {
    const rule = `${rules}[${index}]`;
    const position = question.position(rule);
    const source = `${asked.bundle} ${asked.entrypoint}`;
    const deny = (said: string, mend: string) =>
      verdict.denials.push({ rule, position, message: `${source}: ${said}`, mend });
    verdict.rules.push(rule);
    try {
      const input = vault.maskDeep(inputFor(question, asked, plan));
      const { denials, warnings } = await answerOf(asked, input, read, signal);
      for (const said of denials) deny(said, MEND);
      for (const said of warnings) verdict.warnings.push({ message: `${source}: ${said} (${rule})`, position });
    } catch (error) {
      if (tagOf(error) !== 'unsupported') throw error;
      const { message, mend = MEND_BUNDLE } = error as UnsupportedError;
      deny(`it gives no answer: ${clean(message)}`, mend);
    }
  }
  return verdict;
}

/** What one policy says. @throws UnsupportedError when it does not say anything that can be read */
async function answerOf(
  { bundle, entrypoint }: OpaRule,
  input: PolicyInput,
  read: (path: string) => Promise<Bundle>,
  signal: AbortSignal,
): Promise<Said> {
  const said = readResult(entrypoint, await evaluateBundle(await read(bundle), { entrypoint, input }, signal));
  if (typeof said === 'string') throw new UnsupportedError(said);
  return said;
}

async function bundleAt(path: string, { beside }: Pick<Snapshot, 'beside'>): Promise<Bundle> {
  const bytes = await beside(path, LARGEST_BUNDLE);
  if (!bytes)
    throw new UnsupportedError('there is no such file', {
      mend: `write it with opa build -t wasm --output ${path}, and commit it to the default branch`,
    });
  if (bytes.length > LARGEST_BUNDLE)
    throw new UnsupportedError(`it has ${bytes.length} bytes; at most ${LARGEST_BUNDLE} are read`);
  return readBundle(bytes);
}
