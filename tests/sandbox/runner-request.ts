/** Run requests as the sandbox GitHub would make them; no test framework, so that a program of its own can use them. */
import type { RunRequest } from '../../src/sandbox/github/workflow-runner.ts';

/** A request to run `workflowText` as a push to `acme/fleet`, with what a test wants different. */
export function runRequest(workflowText: string, change: Partial<RunRequest> = {}): RunRequest {
  return {
    repository: { fullName: 'acme/fleet', id: 7, ownerId: 3, defaultBranch: 'main', private: false, gitDir: '' },
    workflowPath: '.github/workflows/test.yml',
    workflowText,
    workflowSha: '1'.repeat(40),
    workflowName: 'test',
    event: 'push',
    payload: { head_commit: { message: 'hello' } },
    ref: 'refs/heads/main',
    sha: '1'.repeat(40),
    headRef: '',
    baseRef: '',
    inputs: {},
    runId: 42,
    runNumber: 5,
    runAttempt: 1,
    actor: 'ann',
    actorId: 9,
    triggeringActor: 'ann',
    serverUrl: 'file:///nowhere',
    apiUrl: 'http://127.0.0.1:1/api/v3',
    graphqlUrl: 'http://127.0.0.1:1/api/graphql',
    token: 'ghs_wholetoken',
    tokenFor: (permissions) => `ghs_narrow_${Object.keys(permissions as object).join('_')}`,
    secrets: {},
    environmentSecrets: {},
    variables: {},
    onProgress: () => {},
    ...change,
  };
}

/** A workflow with one job of these steps. */
export function workflowOf(steps: string): string {
  const indented = steps.trimEnd().replaceAll(/^/gm, '      ');
  return `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${indented}\n`;
}
