import type { Measure, Quota } from './offer.ts';
import type { Address, Kind, Position } from './resource.ts';

/** How near an account comes to one of its limits with what is placed there. */
export interface Forecast {
  provider: string;
  measure: Measure;
  /** Kinds that count; all when left out. */
  kinds?: Kind[];
  /** In the measure's unit; null where use is not known. */
  used: number | null;
  /** The provider said what is used already; otherwise it is an estimate by the config and the record. */
  told?: true;
  limit: number;
  /** Resources that do not state how much they take, and are counted as nothing. */
  unstated: number;
  source: Quota['source'];
  /** Where the account stands in the config. */
  position: Position;
}

/** A resource for which no account has room: it would pass a limit. */
export interface Shortage {
  resource: Address;
  /** Where it would go, or is. */
  provider: string;
  /** What each account that may hold it has too little of. */
  message: string;
  position: Position;
}

/** What placement says of limits. */
export interface QuotaOutlook {
  forecasts: Forecast[];
  shortages: Shortage[];
}
