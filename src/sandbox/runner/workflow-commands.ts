/**
 * Workflow commands: the lines `::name key=value,key=value::message` that a step prints to speak to its runner.
 */
import type { RunAnnotation } from '../github/workflow-runner.ts';

/** What becomes of one line a step printed. */
export interface LineEffect {
  /** The line for the log; absent when the line was only for the runner. */
  text?: string;
  annotation?: RunAnnotation;
  /** A value to hide from here on. */
  mask?: string;
}

const LEVELS = { error: 'error', warning: 'warning', notice: 'notice' } as const;
const COMMAND = /^\s*::(?<name>[\w-]+)(?:\s+(?<properties>.*?))?::(?<message>.*)$/s;
const SILENT = new Set(['debug', 'echo', 'add-matcher', 'remove-matcher', 'save-state']);

/** A reader of one step's lines; it remembers `::stop-commands::` from one line to the next. */
export function createCommandReader(): (line: string) => LineEffect {
  let resumeToken: string | undefined;
  return (line) => {
    if (resumeToken !== undefined) {
      if (line.trim() === `::${resumeToken}::`) resumeToken = undefined;
      return { text: line };
    }
    const match = COMMAND.exec(line)?.groups;
    if (match === undefined) return { text: line };
    const name = (match.name ?? '').toLowerCase();
    const message = unescapeData(match.message ?? '');
    if (name === 'stop-commands') {
      resumeToken = message;
      return { text: line };
    }
    if (name === 'add-mask') return { mask: message };
    if (name === 'group') return { text: `##[group]${message}` };
    if (name === 'endgroup') return { text: '##[endgroup]' };
    if (name in LEVELS) {
      const level = LEVELS[name as keyof typeof LEVELS];
      return { text: `##[${level}]${message}`, annotation: annotationOf(level, message, match.properties ?? '') };
    }
    return SILENT.has(name) ? {} : { text: line };
  };
}

function annotationOf(level: RunAnnotation['level'], message: string, properties: string): RunAnnotation {
  const given = new Map(
    properties.split(',').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, Math.max(at, 0)).trim().toLowerCase(), unescapeProperty(pair.slice(at + 1))];
    }),
  );
  const annotation: RunAnnotation = { level, message };
  const title = given.get('title');
  const file = given.get('file');
  if (title) annotation.title = title;
  if (file) annotation.file = file;
  for (const [property, key] of [
    ['line', 'line'],
    ['endline', 'endLine'],
    ['col', 'column'],
    ['endcolumn', 'endColumn'],
  ] as const) {
    const value = Number(given.get(property));
    if (Number.isInteger(value) && value > 0) annotation[key] = value;
  }
  return annotation;
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
}
