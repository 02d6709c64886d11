/** What the config says of one secret: how old its value may become, and how the fleet gets itself another. */
export interface SecretConfig {
  /** How long it may keep a value. */
  rotateSeconds?: number;
  /** How a new value is made; absent where a person sets it. */
  issue?: IssueConfig;
}

export interface IssueConfig {
  /** `random`: Flotilla makes one up. Else the words of a command that prints it. */
  by: 'random' | readonly string[];
  /** The words of a command that fails when the value on its standard input is no good. */
  verify?: readonly string[];
  /** The words of a command that ends the value on its standard input. */
  revoke?: readonly string[];
  /** How long the old value stays good once nothing that runs has it any more. */
  graceSeconds: number;
  /** What the commands are given beside the base environment; may be `${secret.NAME}`. */
  env: Readonly<Record<string, string>>;
}
