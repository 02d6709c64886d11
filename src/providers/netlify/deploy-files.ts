import { UnsupportedError } from '../../model/errors.ts';
import { buildSite, digestsOf, type SiteFile } from '../../provider-kit/build-site.ts';
import type { Desired, StepRun } from '../../provider-kit/provider.ts';
import { uploadFiles } from '../../provider-kit/upload-files.ts';
import { waitUntilLive } from '../../provider-kit/wait-until-live.ts';
import type { Deploy, NetlifyWriter } from './api.ts';
import { titleOf } from './mark.ts';
import { phaseOf } from './phase.ts';

/** With more files Netlify answers before it has compared them, because comparing takes longer than a call may. */
const MOST_AT_ONCE = 100;
/** While in one of these, `required` does not say yet what is missing. */
const COMPARING = new Set(['new', 'accepted', 'enqueued', 'preparing', 'pending_review']);
/** In these, files may be missing. */
const OPEN = new Set([...COMPARING, 'prepared', 'uploading']);

export interface Before {
  /** A deploy of the same hash that an interrupted run has left. */
  under: Deploy | undefined;
  /** Whether a deploy serves already. */
  restored: boolean;
}

/** Tells Netlify the digest of every file and sends those that it has not seen before. What was left half done is finished. */
export async function deployFiles(
  api: NetlifyWriter,
  site: string,
  desired: Desired,
  { under, restored }: Before,
  run: StepRun,
): Promise<Deploy> {
  if (under && !OPEN.has(under.state)) return under;
  const built = await buildSite(desired, run, { restored, rules: 'files' });
  try {
    const { files } = built;
    for (const { path } of files) checkName(path);
    const digests = await digestsOf(files, built.folder, 'sha1');
    const bySha = new Map(files.map((file) => [digests.get(file.path) as string, file]));
    const compared = (deploy: Deploy) =>
      waitUntilLive(deploy, {
        what: desired.address,
        poll: () => api.deploy(site, deploy.id),
        phase: ({ state }) => (COMPARING.has(state) ? 'queued' : phaseOf(state) === 'failed' ? 'failed' : 'live'),
        log: async ({ state, error_message }) => [error_message ?? state],
        restored: () => restored,
        progress: () => {},
        delay: api.account.delay,
        signal: run.signal,
      });
    const create = () => {
      const title = titleOf(desired, desired.commit);
      const content = { title, files: Object.fromEntries(digests), async: files.length > MOST_AT_ONCE };
      return api.createDeploy(site, content, Object.values(desired.spec['env'] ?? {}) as string[]);
    };
    let deploy = await compared(under ?? (await create()));
    // A build that is not the same byte for byte cannot finish the deploy of another one.
    if (under && required(deploy).some((sha) => !bySha.has(sha))) {
      await api.cancel(under.id);
      deploy = await compared(await create());
    }
    await uploadFiles<SiteFile>({
      items: required(deploy).flatMap((sha) => bySha.get(sha) ?? []),
      upload: async (file) => api.uploadFile(deploy.id, file.path, await file.bytes()),
      size: (file) => file.size,
      total: files.length,
      account: api.account,
      run,
    });
    return deploy;
  } finally {
    await built.discard();
  }
}

function required(deploy: Deploy): string[] {
  return [...new Set(deploy.required ?? [])];
}

/** Netlify refuses these after everything was sent. */
function checkName(path: string): void {
  if (!/[#?]/.test(path)) return;
  throw new UnsupportedError(`Netlify serves no file whose name holds # or ?, as ${path} does`, {
    mend: 'have the build name it otherwise',
  });
}
