/** The command line is wrong: exit 1, with what to write instead. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly mend: string;
  constructor(message: string, mend: string) {
    super(message);
    this.mend = mend;
  }
}
