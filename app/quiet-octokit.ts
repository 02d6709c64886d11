import { ProbotOctokit } from 'probot';

type Strategy = NonNullable<NonNullable<ConstructorParameters<typeof ProbotOctokit>[0]>['authStrategy']>;

/** Gives every event the same client, not signed in. */
const nobody: Strategy = ({ octokit }: { octokit: unknown }) =>
  Object.assign(async () => octokit, {
    hook: (request: (options: unknown) => unknown, options: unknown) => request(options),
  });

/**
 * Probot makes a signed-in client for each event; ours uses none, because all requests go through the engine's port with
 * a token narrowed to the task. So events share one that may do nothing, which costs nothing.
 */
export const QuietOctokit = ProbotOctokit.defaults({ authStrategy: nobody }) as typeof ProbotOctokit;
