/** What the config says of one secret: how old its value may become, and how the fleet gets itself another. */
export interface SecretConfig {
  /** How long it may keep a value. */
  rotateSeconds?: number;
  /** How a new value is made; absent where a person sets it. */
  issue?: IssueConfig;
}

export interface IssueConfig {
  /** `random`: Flotilla makes one up. An account: its own credential, of which its provider makes another. Else the words of a command that prints it. */
  by: 'random' | { account: string } | readonly string[];
  /** The words of a command that fails when the value on its standard input is no good. */
  verify?: readonly string[];
  /** The words of a command that ends the value on its standard input. */
  revoke?: readonly string[];
  /** How long the old value stays good once nothing that runs has it any more. */
  graceSeconds: number;
  /** What the commands are given beside the base environment; may be `${secret.NAME}`. */
  env: Readonly<Record<string, string>>;
}

/** The account whose own credential it is. */
export function accountOf({ by }: IssueConfig): string | undefined {
  return typeof by === 'object' && 'account' in by ? by.account : undefined;
}

/** Whether something ends an earlier value; otherwise it is only forgotten. */
export function endsValues(issue: IssueConfig): boolean {
  return issue.revoke !== undefined || accountOf(issue) !== undefined;
}
