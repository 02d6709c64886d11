import type { StatusConfig } from '../../model/config.ts';
import type { Assignment } from '../../model/graph.ts';
import type { HealthState } from '../../model/health.ts';
import type { Incident, Maintenance } from '../../model/incident.ts';
import type { FleetNumbers } from '../../model/numbers.ts';
import type { Forecast } from '../../model/quota-outlook.ts';
import type { Address } from '../../model/resource.ts';
import type { Event, RecordedState } from '../../model/state.ts';

/** Everything that the pages of one environment are made from. */
export interface StatusInput {
  fleet: string;
  environment: string;
  /** When this is. ISO 8601 UTC. */
  generated: string;
  /** What the config says of the page. */
  status: StatusConfig;
  /** Null before the first health run. */
  health: HealthState | null;
  numbers: FleetNumbers;
  /** Open ones, and those of the last 90 days. */
  incidents: readonly Incident[];
  maintenance: readonly Maintenance[];
  recorded: RecordedState;
  /** The journal, oldest first, of the last 30 days. */
  events: readonly Event[];
  /** Why each resource is where it is, where a plan was made. */
  placement?: Readonly<Record<Address, readonly Assignment[]>>;
  /** Use against the limits of the accounts, where a plan was made. */
  forecasts?: readonly Forecast[];
  /** The repository's page, `https://github.com/<owner>/<name>`, for links to issues and commits. */
  repository?: string;
  /** `visitors`: without the pages and documents that say what runs where. */
  audience: 'operators' | 'visitors';
}
