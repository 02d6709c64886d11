import type { HealthOutcome } from '../model/health-outcome.ts';
import type { Incident } from '../model/incident.ts';

/** What an incident's issue says now. */
export interface Told {
  /** Null: there is none, because none is needed any more or none may be made. */
  issue: number | null;
  /** The mark of what was said. */
  told: string;
}

/** How people hear of incidents. What was said is recorded afterwards: a run that dies in between is repeated, to the same effect. */
export interface Voice {
  /** Takes on the opening of an incident's issue, so that nobody else opens it meanwhile; the same incident where that is not needed. */
  claim(incident: Incident, now: string): Incident;
  /** Whether something is to be said of it by this run. */
  isUntold(incident: Incident): boolean;
  tell(incident: Incident): Promise<Told>;
  /** Health turned: incidents were opened or closed. */
  turned(outcome: HealthOutcome): Promise<void>;
}

/** The record alone: on a machine of one's own there is nobody to tell. */
export const SILENCE: Voice = {
  claim: (incident) => incident,
  isUntold: () => false,
  tell: async ({ issue }) => ({ issue, told: '' }),
  turned: async () => {},
};

/** What was said of an incident, and whether that was that it is over. */
export type Said = Told & { isOver: boolean };

/** Says all that is untold, one after the other; by incident id. */
export async function tellAll(incidents: readonly Incident[], voice: Voice): Promise<Map<string, Said>> {
  const told = new Map<string, Said>();
  for (const incident of incidents) {
    if (!voice.isUntold(incident)) continue;
    told.set(incident.id, { ...(await voice.tell(incident)), isOver: incident.closed !== undefined });
  }
  return told;
}
