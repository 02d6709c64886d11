import type { Assignment } from '../model/graph.ts';
import { inWords } from '../model/offer.ts';
import type { Forecast } from '../model/quota-outlook.ts';
import { plural } from '../model/words.ts';

/** Why a resource is where it is, how that was judged, and what would be next. */
export function whyThere({ because, score, next }: Pick<Assignment, 'because' | 'score' | 'next'>): string {
  const parts = Object.entries(score?.parts ?? {});
  const known = parts.flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
  const neutral = parts.flatMap(([name, value]) => (value === null ? [name] : []));
  const told = [known.join(', '), neutral.length > 0 ? `neutral, as not known: ${neutral.join(', ')}` : ''].filter(
    Boolean,
  );
  return [
    because,
    ...(score ? [`score ${score.total} (${told.join('; ')})`] : []),
    ...(next ? [`next would be ${next.provider} with ${next.total}`] : []),
  ].join('; ');
}

/** What is used of a limit, in words, e.g. `730 instance hours a month`, `97 %`. */
export function useOf({ measure, used, told, limit, kinds, unstated }: Forecast): {
  used: string;
  limit: string;
  share: string;
} {
  const which = kinds ? ` (${kinds.join(', ')})` : '';
  const silent = unstated > 0 ? `, without ${plural(unstated, 'resource')} that state nothing` : '';
  return {
    used:
      used === null
        ? 'not known'
        : `${inWords(measure, used)} ${told ? '(as the provider says)' : '(estimated)'}${silent}`,
    limit: `${inWords(measure, limit)}${which}`,
    share: used === null || limit === 0 ? '' : `${Math.round((used / limit) * 100)} %`,
  };
}

/** Where a limit was read, and when. */
export function sourceOf({ source }: Forecast): string {
  if (source === 'config') return 'the config';
  if (source === 'provider') return 'the provider itself';
  return `${source.url}, ${source.date}${source.confidence === 'unverified' ? ', not verified' : ''}`;
}
