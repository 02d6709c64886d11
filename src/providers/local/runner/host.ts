import type { Phase } from '../../../model/phase.ts';
import type { Release } from '../release.ts';
import type { ReplicaStatus } from '../protocol.ts';
import type { ProcessId } from '../process-id.ts';

/** What a runner does with releases: run a service's processes or serve a site's files. */
export interface Host<R extends Release = Release> {
  /** Listens on the first of these public ports that is free, else on another; returns which. */
  open(wanted: (number | null | undefined)[]): Promise<number>;
  /** Makes the release the one that serves, or leaves everything as it was and throws StartFailure. */
  apply(release: R, progress: (message: string) => void): Promise<void>;
  /** Takes up what ran before this runner was started; what fails is tried again and again. */
  resume(release: R): Promise<void>;
  status(): { phase: Phase; hash: string | null; replicas: ReplicaStatus[] };
  /** Processes that belong to it now. */
  processes(): ProcessId[];
  close(): Promise<void>;
}

/** A release did not become live. */
export class StartFailure extends Error {
  readonly log: string[];
  /** Whether what ran before still serves. */
  readonly restored: boolean;
  constructor(message: string, log: string[], restored: boolean) {
    super(message);
    this.log = log;
    this.restored = restored;
  }
}
