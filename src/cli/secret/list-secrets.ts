import {
  ageOf,
  issuedSecrets,
  isOverdue,
  type Config,
  type IssuedSecret,
  type Palette,
  type Ports,
  type SealedFile,
} from '../../index.ts';

export interface Listed {
  name: string;
  /** Where it is sealed; null for one that the fleet issued, which is sealed on the state branch. */
  file: string | null;
  /** Of one that the fleet issued. */
  environment: string | null;
  version: number;
  /** Null where a run died while it was issued. */
  changed: string | null;
  /** Whole days; null as above. */
  age: number | null;
  rotate: string | null;
  overdue: boolean;
}

const DAY = 86_400;

/** What can be told of secrets without a key: those of the files, and those that the fleet issued in the environment, or in all of the config. */
export async function listSecrets(
  files: readonly SealedFile[],
  config: Config | undefined,
  environment: string | undefined,
  ports: Ports,
): Promise<Listed[]> {
  const now = ports.clock.now();
  const names = environment === undefined ? Object.keys(config?.environments ?? {}) : [environment];
  const said = config ?? { secrets: {} };
  const issued = await Promise.all(names.map((name) => issuedSecrets(name, said, ports)));
  return [...listSealed(files, now, said), ...listIssued(issued.flat(), now)];
}

function listSealed(files: readonly SealedFile[], now: Date, config: Pick<Config, 'secrets'>): Listed[] {
  return files.flatMap(({ path, secrets }) =>
    [...secrets].map(([name, secret]) => {
      const { rotateSeconds, issue } = config.secrets[name] ?? {};
      return {
        name,
        file: path,
        environment: null,
        version: secret.version,
        changed: secret.changed,
        age: Math.floor(ageOf(secret, now) / DAY),
        rotate: rotateSeconds === undefined ? (secret.rotate ?? null) : inDays(rotateSeconds),
        // The fleet sees to it by itself.
        overdue: issue === undefined && isOverdue(secret, now, rotateSeconds),
      };
    }),
  );
}

function listIssued(issued: readonly IssuedSecret[], now: Date): Listed[] {
  return issued.map(({ name, environment, value, changed, rotateSeconds, overdue }) => ({
    name,
    file: null,
    environment,
    version: Number(value.slice(1)),
    changed,
    age: changed === null ? null : Math.floor(ageOf({ changed }, now) / DAY),
    rotate: rotateSeconds === null ? null : inDays(rotateSeconds),
    overdue,
  }));
}

const inDays = (seconds: number): string => (seconds % DAY === 0 ? `${seconds / DAY}d` : `${seconds}s`);

export function renderSecrets(listed: readonly Listed[], { dim, yellow }: Palette): string {
  const width = Math.max(...listed.map(({ name }) => name.length));
  const lines = listed.map(({ name, file, environment, version, age, rotate, overdue }) => {
    const words = age === null ? 'not issued to the end' : `${age} ${age === 1 ? 'day' : 'days'} old`;
    const old = `${words}${rotate ? `, at most ${rotate}` : ''}`;
    const where = file ?? `issued by the fleet in ${environment}`;
    return `${name.padEnd(width)}  version ${version}, ${overdue ? yellow(`${old}: overdue`) : old}  ${dim(where)}`;
  });
  return lines.length === 0 ? 'No secret is sealed yet: flotilla secret set NAME\n' : `${lines.join('\n')}\n`;
}
