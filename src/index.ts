/** The public surface of Flotilla: what the Action, the App and the CLI are made of, and programs that embed it. */
export { apply, plan, type Approve } from './reconcile.ts';
export type { Intent, Request } from './request.ts';
export type { Ports, ProviderRegistry, RunIdentity } from './ports.ts';
export { assemble, providers, systemClock, type Repository, type World } from './assemble.ts';
export { openLocal } from './local.ts';
export { history, logs, status } from './inspect.ts';
export { DEFAULT_ENVIRONMENT, environmentsOf, firstGuess, type Trigger } from './trigger.ts';
export { unlock } from './record/unlock.ts';
export { readConfig } from './config/read-config.ts';
export { resourcesFor } from './config/resources-for.ts';
export { parseAllow } from './plan/guards.ts';
export * from './model/errors.ts';
export { parseAddress, type Address, type Kind, type Position } from './model/resource.ts';
export type { Config } from './model/config.ts';
export type { Plan, Step, Change, Block, Notice } from './model/plan.ts';
export type { Outcome, OnProgress, Progress, StepOutcome } from './model/outcome.ts';
export type { Event, RecordedState, ResourceState } from './model/state.ts';
