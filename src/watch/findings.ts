import type { DriftLook, OverdueSecret, OwnCertificate } from '../health/other-incidents.ts';
import type { Facts } from '../health/outages.ts';
import type { InstanceId } from '../model/graph.ts';
import type { HealPolicy, ProbeTarget, Round, Sample } from '../model/health.ts';
import type { Incident, Maintenance } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';

/** What one run found out: the same however often it is judged. */
export interface Findings {
  environment: string;
  targets: readonly ProbeTarget[];
  samples: readonly Sample[];
  /** What the same prober found before and nobody recorded, oldest first. */
  earlier?: readonly Round[] | undefined;
  facts: Facts;
  maintenance: readonly Maintenance[];
  /** Ids of incidents that people muted by a label; absent where there are no issues. */
  muted?: ReadonlySet<string> | undefined;
  drift?: DriftLook | undefined;
  certificates?: readonly OwnCertificate[] | undefined;
  overdue?: readonly OverdueSecret[] | undefined;
  confirmedBy?: ReadonlyMap<InstanceId, boolean> | undefined;
  /** Which of the accounts answered; absent where this run asked none. */
  answered?: { accounts: ReadonlySet<string>; answers: ReadonlyMap<string, boolean> } | undefined;
  /** Milliseconds between runs. */
  every: number;
  /** Of the run. ISO 8601. */
  now: string;
  run: { run: string; actor: string };
  /** Takes on what is to be told. */
  claim(incident: Incident): Incident;
  /** Absent where this run cannot heal. */
  healing?:
    | { policies: ReadonlyMap<Address, HealPolicy>; alternatives: ReadonlyMap<Address, readonly string[]> }
    | undefined;
}
