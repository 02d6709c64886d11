import type { Address } from './resource.ts';

/** How far back numbers look, in days; `day` are the last 24 hours, the others count today as one of theirs. */
export const WINDOWS = { day: 1, week: 7, month: 30, quarter: 90, year: 365 } as const;
export type Window = keyof typeof WINDOWS;

/** Milliseconds. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** Minutes of a window about which something is known, and those out of health among them. */
export interface Uptime {
  known: number;
  down: number;
  /** From 0 to 1; null where nothing is known. */
  share: number | null;
}

/** The figures of one resource or of the fleet. Averages are null where there is nothing to take them of. */
export interface Numbers {
  uptime: Record<Window, Uptime>;
  /** Of good probes in the last 24 hours and 30 days; null where there was none. */
  latency: { day: Percentiles | null; month: Percentiles | null };
  /** Incidents of every kind that began in the last 30 days and in the last year. */
  incidents: { month: number; year: number };
  /** Of the outages (not drift, not certificates) of the last 90 days, seconds on average: first failed probe to incident, and to recovery. */
  secondsToDetect: number | null;
  secondsToRecover: number | null;
  /** Of the last 30 days, or since the journal began. */
  deploymentsPerWeek: number | null;
  /** Median of the last 30 days from a commit to its first deployment, seconds. */
  leadSeconds: number | null;
  /** Of the last 30 days' deployments, from 0 to 1: those that failed, or were followed by an outage within the hour. */
  changeFailureRate: number | null;
}

/** One resource's figures, with what charts of it show. */
export interface ResourceNumbers extends Numbers {
  /** The last 90 days, oldest first, today last. */
  days: Uptime[];
  /** Median latency of each of the last 24 hours, oldest first; null where nothing answered. */
  hours: (number | null)[];
}

export interface FleetNumbers extends Numbers {
  resources: Record<Address, ResourceNumbers>;
}
