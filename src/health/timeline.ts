import type { Incident, Moment } from '../model/incident.ts';

const MOST = 50;
/** The beginning stays, for that is how it came about. */
const FIRST = 10;
const CUT: string = '(moments between these are left out)';

/** The timeline with one more moment, at most 50 of them: the middle goes first, and a moment says so. The same one when that was said already. */
export function extend(timeline: Moment[], { at, text }: Moment): Moment[] {
  if (timeline.some((told) => told.at === at && told.text === text)) return timeline;
  const longer = [...timeline, { at, text }];
  if (longer.length <= MOST) return longer;
  const kept = longer.filter((told) => told.text !== CUT);
  const last = kept.slice(FIRST - kept.length).slice(FIRST + 1 - MOST);
  return [...kept.slice(0, FIRST), { at: (last[0] as Moment).at, text: CUT }, ...last];
}

/** The incident with something told of it: what was done about it, say. ISO 8601. */
export function note(incident: Incident, at: string, text: string): Incident {
  const timeline = extend(incident.timeline, { at, text });
  return timeline === incident.timeline ? incident : { ...incident, timeline };
}
