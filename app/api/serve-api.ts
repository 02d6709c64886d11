import type { IncomingMessage, ServerResponse } from 'node:http';
import { closedIncidents, history, tagOf, type FleetView, type Ports } from '../../src/index.ts';
import { factsOfError, type Log } from '../log.ts';
import type { Route } from '../server.ts';
import type { Place } from '../task.ts';
import type { Watch } from '../watch/start-watch.ts';
import { answer, refuse } from './answer.ts';
import { eventsAnswer, fleetAnswer, healthAnswer, incidentsAnswer, MOST_ROWS, resourcesAnswer } from './answers.ts';
import { Buckets } from './buckets.ts';
import { CallerRefused, type Caller, type Callers } from './callers.ts';
import { openapi } from './openapi.ts';
import type { Streams } from './stream.ts';

export interface ApiOptions {
  watch: Watch;
  callers: Callers;
  streams: Streams;
  /** To read what is not in a view; may read contents. */
  portsFor(place: Place): Ports;
  version: string;
  /** Milliseconds since 1970. */
  now: () => number;
  log: Log;
}

/** Requests a minute of one caller. */
const PER_MINUTE = 240;
/** Repositories that one request has read which nobody has read before. */
const READ_AT_ONCE = 20;

/** The read-only API below `/v1`. What is not there and what is not for the caller are one answer. */
export function apiRoutes(options: ApiOptions): Record<string, Route> {
  const { callers, version, now, log } = options;
  const document = openapi(version);
  const buckets = new Buckets(PER_MINUTE, now);

  const serve: Route = async (request, response, url) => {
    try {
      const caller = callers.of(request);
      if (!caller) return refuse(response, 401, 'send a token as Authorization: Bearer, or sign in at /v1/login');
      const wait = buckets.take(caller.key);
      if (wait > 0) return refuse(response, 429, `no more than ${PER_MINUTE} requests a minute`, wait);
      await route({ ...options, request, response, url, caller });
    } catch (error) {
      if (error instanceof CallerRefused) {
        const { wait } = error;
        return refuse(response, wait === undefined ? 401 : 429, 'this token is not one that counts here', wait);
      }
      if (error instanceof Wrong) return refuse(response, 400, error.message);
      if (error instanceof Missing) return refuse(response, 404, 'it is not there, or not for you');
      if (tagOf(error) === 'bug') throw error;
      log.warn({ path: url.pathname, ...factsOfError(error) }, 'could not be answered');
      return refuse(response, 503, 'this cannot be read from GitHub at the moment', 60);
    }
  };
  return { 'GET /v1/openapi.json': (_request, response) => answer(response, document), 'GET /v1/*': serve };
}

/** A parameter is wrong. */
class Wrong extends Error {}
/** It is not there, or not for the caller. */
class Missing extends Error {}

interface Asked extends ApiOptions {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  caller: Caller;
}

async function route(asked: Asked): Promise<void> {
  const { url, request, response, caller, watch, streams } = asked;
  const [area, owner, repo, environment, what, ...more] = partsOf(url);
  if (area === 'events' && owner === undefined) {
    const repository = url.searchParams.get('repository')?.toLowerCase();
    const places = repository === undefined ? watch.fleets.places() : [placeNamed(repository, watch.fleets)];
    // Streams are few: who may see nothing of what one would tell takes none.
    if ((await caller.sees(places)).length === 0 && places.length > 0) throw new Missing();
    return streams.open(request, response, caller, repository);
  }
  if (area !== 'cluster' || more.length > 0) throw new Missing();
  if (owner === undefined) return answer(response, await cluster(asked));
  const [place] = await caller.sees([placeNamed(`${owner}/${repo ?? ''}`, watch.fleets)]);
  if (!place || place.installation === NOWHERE) throw new Missing();
  const views = await watch.fleets.environments(place);
  if (views.length === 0) throw new Missing();
  if (environment === undefined)
    return answer(
      response,
      fleetAnswer(place, views, (name) => watch.known(place, name)),
    );
  const view = views.find((one) => one.environment === environment);
  const body = view && (await inEnvironment(what, place, view, asked));
  if (!body) throw new Missing();
  answer(response, body);
}

/** No installation has this number. */
const NOWHERE = 0;

/** The place of a repository; whoever asks for what is not there waits as long as for what is not theirs. */
function placeNamed(fullName: string, fleets: Watch['fleets']): Place {
  const [owner = '', repo = ''] = fullName.split('/');
  return fleets.find(owner, repo) ?? { installation: NOWHERE, owner, repo };
}

async function cluster({ watch, caller }: Asked): Promise<object> {
  const { fleets, known } = watch;
  const visible = await caller.sees(fleets.places());
  const unread = visible.filter((place) => fleets.peek(place) === undefined);
  await Promise.allSettled(unread.slice(0, READ_AT_ONCE).map((place) => fleets.environments(place)));
  const found = visible.flatMap((place) => {
    const views = fleets.peek(place) ?? [];
    return views.length > 0 ? [fleetAnswer(place, views, (name) => known(place, name))] : [];
  });
  const complete = unread.length <= READ_AT_ONCE && found.length <= MOST_ROWS;
  return { repositories: found.slice(0, MOST_ROWS), complete };
}

async function inEnvironment(
  what: string | undefined,
  place: Place,
  view: FleetView,
  { url, watch, portsFor }: Asked,
): Promise<object | undefined> {
  const { environment, incidents, events, hasOlderEvents } = view;
  const query = url.searchParams;
  if (what === 'resources') return resourcesAnswer(view);
  if (what === 'health') return healthAnswer(view, watch.known(place, environment));
  if (what === 'incidents') {
    const month = query.get('closed');
    if (month === null)
      return incidentsAnswer(
        environment,
        incidents.filter(({ closed }) => closed === undefined),
      );
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new Wrong('closed takes a month, as 2026-11');
    return incidentsAnswer(environment, await closedIncidents(environment, month, portsFor(place)));
  }
  if (what !== 'events') return undefined;
  const limit = Number(query.get('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new Wrong('limit takes a whole number from 1 to 100');
  const before = query.get('before') ?? undefined;
  if (before !== undefined && before.length > 200) throw new Wrong('before takes the id of an event');
  const at = before === undefined ? events.length : events.findIndex(({ id }) => id === before);
  // The journal that is being written is in the view; what came before it is read when somebody goes that far.
  const enough = !hasOlderEvents || at > limit;
  return eventsAnswer(environment, enough ? events : await history(environment, portsFor(place)), before, limit);
}

/** The parts of the path below `/v1`. */
function partsOf({ pathname }: URL): string[] {
  try {
    return pathname.split('/').slice(2).filter(Boolean).map(decodeURIComponent);
  } catch {
    throw new Missing();
  }
}
