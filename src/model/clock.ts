/** Time and chance, handed in so that nothing else asks for them and tests need to wait for neither. */
export interface Clock {
  now(): Date;
  /** Resolves after so many milliseconds. */
  delay(milliseconds: number): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}
