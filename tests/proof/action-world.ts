import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startCloud, type Cloud, type CloudOptions } from '../../src/providers/sandbox/fake.ts';
import { startGitHub, type CheckRun, type Repository, type SandboxGitHub } from '../../src/sandbox/github/index.ts';
import { createWorkflowRunner, type LogLine } from '../../src/sandbox/runner/index.ts';

const HOUSE = join(import.meta.dirname, '../..');
/** Without the secret that it names by itself: tests name theirs. */
const TEMPLATE = readFileSync(join(HOUSE, 'src/templates/workflow.yml'), 'utf8').replace(
  /^ +env:\n +FLOTILLA_IDENTITY: .*\n/m,
  '',
);

/**
 * The workflow that `flotilla init` writes, with secrets of the repository handed to the Action, and a last step that
 * keeps the outputs and the plan file as they are, for tests to look at.
 */
export function workflowWith(secrets: string[]): string {
  const env = secrets.map((name) => `          ${name}: \${{ secrets.${name} }}\n`).join('');
  const given = `uses: flotilla-dev/flotilla@v0\n        id: proof\n${env === '' ? '' : `        env:\n${env}`}`;
  const keep = `      - if: always()
        env: { OUTPUTS: "\${{ toJSON(steps.proof.outputs) }}", PLAN: "\${{ steps.proof.outputs.plan-file }}" }
        run: |
          echo "$OUTPUTS" > "$KEPT/$GITHUB_RUN_ID-outputs.json"
          [ -z "$PLAN" ] || cp "$PLAN" "$KEPT/$GITHUB_RUN_ID-plan.json"
`;
  return `${TEMPLATE.replaceAll('uses: flotilla-dev/flotilla@v0\n', given).trimEnd()}\n${keep}`;
}

export interface ActionWorld {
  github: SandboxGitHub;
  repository: Repository;
  cloud: Cloud;
  /** Folder of the outputs and plan files of all runs. */
  kept: string;
  /** Every line that the runner printed, as it came. */
  lines: LogLine[];
  /** GitHub's REST API, as the person calls it. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** A commit and all that it sets off. */
  push(files: Record<string, string | null>, branch?: string): Promise<string>;
  /** Flotilla's checks on a commit. */
  checksOn(sha: string): CheckRun[];
  state(path: string): Promise<string | undefined>;
}

/** A GitHub whose workflows run on this machine by the real `action.yml`, and a pretend cloud; gone after the test. */
export async function actionWorld(
  options: CloudOptions & {
    secrets?: Record<string, string>;
    /** Of the machine: the runner does not know which of these are secret. */
    env?: Record<string, string>;
  } = {},
): Promise<ActionWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-proof-'));
  // The sources, also where a bundle happens to lie beside them.
  for (const name of ['action.yml', 'src', 'node_modules', 'package.json'])
    symlinkSync(join(HOUSE, name), join(folder, name));
  const kept = join(folder, 'kept');
  mkdirSync(kept);
  const lines: LogLine[] = [];
  const runner = createWorkflowRunner({
    actions: { 'flotilla-dev/flotilla': folder },
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
      FLOTILLA_LOCAL_DIR: join(folder, 'local'),
      KEPT: kept,
      ...options.env,
    },
    onLine: (line) => void lines.push(line),
  });
  const cloud = await startCloud(options);
  const github = await startGitHub({ runner });
  const { token } = github.createUser('ada');
  const repository = await github.createRepository('ada/proof', { owner: 'ada' });
  for (const [name, value] of Object.entries(options.secrets ?? {})) github.setSecret('ada/proof', name, value);
  onTestFinished(async () => {
    await github.close();
    await cloud.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    github,
    repository,
    cloud,
    kept,
    lines,
    async api<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(`${github.apiUrl}/repos/ada/proof${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async push(files, branch = 'main') {
      const { sha } = await github.push('ada/proof', { branch, files, message: 'change' });
      return sha;
    },
    checksOn: (sha) =>
      [...repository.checks.values()].filter(({ headSha, name }) => headSha === sha && name.startsWith('flotilla /')),
    async state(path) {
      const head = repository.git.refs.get('refs/heads/flotilla');
      return head === undefined ? undefined : repository.git.fileAt(head, path);
    },
  };
}

/** The log of a run's steps as GitHub keeps it. */
export const storedLog = (run: { jobs: { steps: { log: string }[] }[] } | undefined): string =>
  (run?.jobs ?? []).flatMap(({ steps }) => steps.map(({ log }) => log)).join('');
