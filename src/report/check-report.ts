import { DEFAULT_ENVIRONMENT } from '../model/config.ts';
import type { Conclusion } from '../model/errors.ts';
import type { Position } from '../model/resource.ts';
import { brief, clip, visible } from './visible.ts';

/** GitHub's limits of a check run. */
export const CHECK_LIMIT = {
  text: 65_535,
  actions: 3,
  identifier: 20,
  label: 20,
  description: 40,
  title: 255,
} as const;

/** What a check run says, in the shape that GitHub's API takes. */
export interface CheckReport {
  title: string;
  /** Markdown, at most 65,535 bytes. */
  summary: string;
  /** Markdown, at most 65,535 bytes; empty when the summary says all. */
  text: string;
  /** All of them: who sends them does so in batches of 50. */
  annotations: Annotation[];
  conclusion: Conclusion;
  actions: CheckAction[];
}

export interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: 'notice' | 'warning' | 'failure';
  title: string;
  message: string;
}

/** A button on a check run; the App gets the identifier back. */
export interface CheckAction {
  identifier: 'plan' | 'apply';
  label: string;
  description: string;
}

export const PLAN_AGAIN: CheckAction = {
  identifier: 'plan',
  label: 'Plan again',
  description: 'Look at the providers and plan afresh',
};
export const APPLY_AGAIN: CheckAction = {
  identifier: 'apply',
  label: 'Apply again',
  description: 'Plan and apply this commit once more',
};

/** What a report cannot know by itself. */
export interface ReportContext {
  /** Where the whole can be read, e.g. the workflow run. */
  url?: string;
  /** API requests that the run has used. */
  requests?: number;
}

/**
 * The name of a check run; branch protection refers to it, so it never changes. Plans always name the environment, the
 * others only where it is not the usual one.
 */
export function checkName(what: 'plan' | 'apply' | 'health', environment?: string): string {
  const named = environment !== undefined && (what === 'plan' || environment !== DEFAULT_ENVIRONMENT);
  return named ? `flotilla / ${what} (${visible(environment)})` : `flotilla / ${what}`;
}

/** An annotation on one line of a config file. */
export function annotate(
  level: Annotation['annotation_level'],
  position: Position,
  title: string,
  message: string,
): Annotation {
  return {
    path: position.file,
    start_line: position.line,
    end_line: position.line,
    annotation_level: level,
    title: brief(title, CHECK_LIMIT.title),
    message: clip(clip(message, 4_000).split('\n').map(visible).join('\n'), 4_000),
  };
}
