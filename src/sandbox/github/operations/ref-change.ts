/** A ref that was made, moved or deleted. */
export interface RefChange {
  ref: string;
  /** The zero id when it was made. */
  before: string;
  /** The zero id when it was deleted. */
  after: string;
}
