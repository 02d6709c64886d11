import { STATE_FORMAT, type EnvironmentState } from '../model/state.ts';

/** An environment of which nothing is recorded yet. */
export const newEnvironment = (fleet: string, environment: string): EnvironmentState => ({
  format: STATE_FORMAT,
  fleet,
  environment,
  serial: 0,
  commit: null,
  plan: null,
  applied: null,
  outcome: null,
  lease: null,
});
