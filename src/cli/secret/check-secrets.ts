import {
  openSealed,
  readConfig,
  readSealed,
  resourcesFor,
  sealedText,
  secretsIn,
  type Config,
  type SealedFile,
} from '../../index.ts';
import { attempt, type Finding } from '../doctor/finding.ts';
import type { Session } from '../session.ts';
import type { SecretFolder } from './secret-folder.ts';
import { listSecrets } from './list-secrets.ts';

const check = 'secrets';

/** Every file opened where there is a key, every secret that the config names looked for, every age looked at. */
export async function checkSecrets({ environment, env }: Session, folder: SecretFolder): Promise<Finding[]> {
  const { fleet } = folder;
  const findings: Finding[] = [];
  const files: SealedFile[] = [];
  const keyed = await fleet.keyring.isThere();
  for (const path of await folder.paths()) {
    const finding = await attempt(path, async () => {
      const file = await folder.read(path);
      if (!file) return 'is gone';
      files.push(file);
      const facts = `secrets: ${file.secrets.size}, recipients: ${file.recipients.length}`;
      if (!keyed) return `${facts}; not opened, there is no identity here`;
      await openSealed(file, fleet.keyring);
      return `${facts}; all as they were sealed`;
    });
    findings.push(finding);
  }
  const { config: written } = await fleet.store.read({ commit: null, environment: environment ?? 'production' });
  const config = written.size === 0 ? undefined : await readConfig(written);
  const all = await listSecrets(files, config, environment, fleet);
  for (const { file, name, age, rotate, overdue, environment: of } of all)
    if (overdue)
      findings.push({
        level: 'fail',
        check: file ?? check,
        message: `${name} is ${age} days old, and shall be no older than ${rotate}`,
        mend: file === null ? `flotilla apply --env ${of}` : `make a new one, then flotilla secret set ${name}`,
      });
  if (!config) return findings;
  const texts = new Map(files.map((file) => [file.path, sealedText(file)]));
  return [...findings, ...missing(config, texts, environment, env)];
}

function missing(
  config: Config,
  texts: ReadonlyMap<string, string>,
  environment: string | undefined,
  env: NodeJS.ProcessEnv,
): Finding[] {
  const environments = environment === undefined ? Object.keys(config.environments) : [environment];
  return environments.flatMap((name): Finding[] => {
    const named = secretsIn([resourcesFor(config, name).resources, config.incidents.webhook]);
    const { secrets } = readSealed(texts, name);
    const absent = [...named].filter(
      (secret) => !secrets.has(secret) && !env[secret] && !config.secrets[secret]?.issue,
    );
    if (absent.length === 0)
      return [{ level: 'ok', check, message: `${name}: every secret that the config names is there (${named.size})` }];
    return absent.map((secret) => ({
      level: 'fail',
      check,
      message: `${name} names \${secret.${secret}}, which is neither sealed nor set here`,
      mend: `flotilla secret set ${secret}`,
    }));
  });
}
