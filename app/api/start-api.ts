import type { Ports, RequestRecord } from '../../src/index.ts';
import { RIGHTS, type Access } from '../access.ts';
import type { Log } from '../log.ts';
import type { Route } from '../server.ts';
import type { Settings } from '../settings.ts';
import type { Place } from '../task.ts';
import type { Watch } from '../watch/start-watch.ts';
import { engineFor } from '../work/engine.ts';
import { refuse } from './answer.ts';
import { Callers } from './callers.ts';
import type { Gauge, Metrics } from './metrics.ts';
import { sealedCookies } from './sealed-cookie.ts';
import { apiRoutes } from './serve-api.ts';
import { signInRoutes } from './sign-in.ts';
import { Streams } from './stream.ts';

export interface ApiParts {
  settings: Pick<Settings, 'apiUrl' | 'serverUrl' | 'publicUrl' | 'apiToken' | 'signIn' | 'metricsOpen'>;
  watch: Watch;
  metrics: Metrics;
  access: Access;
  log: Log;
  version: string;
  signal: AbortSignal;
  /** Pieces of work of the App's own queue. */
  load(): { waiting: number; running: number };
  /** Milliseconds since 1970; for tests. */
  now?: (() => number) | undefined;
}

export interface Api {
  routes: Record<string, Route>;
  /** Ends the streams. */
  close(): void;
}

/** The App's own HTTP surface besides webhooks: the API, its streams, signing in, and numbers for Prometheus. */
export function startApi(parts: ApiParts): Api {
  const { settings, watch, metrics, access, log, version, signal, now = Date.now } = parts;
  const { apiUrl, serverUrl, publicUrl, apiToken, signIn, metricsOpen } = settings;
  // Without the address that browsers know there is none for GitHub to send them back to.
  const cookies = signIn && publicUrl ? sealedCookies(signIn.clientSecret, now) : undefined;
  const onRequest = (request: RequestRecord): void => metrics.request(undefined, request);
  const callers = new Callers({ apiUrl, apiToken, cookies, signal, now, onRequest });
  const streams = new Streams(watch.news, watch.fleets);
  const portsFor = (place: Place): Ports =>
    engineFor(access.repository(place, RIGHTS.watch, signal), place, signal).ports;

  const prometheus: Route = (request, response) => {
    if (!metricsOpen && !callers.isOperator(request)) return refuse(response, 401, 'send FLOTILLA_API_TOKEN as Bearer');
    const text = metrics.text(gauges(parts, streams));
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
  };
  return {
    routes: {
      ...apiRoutes({ watch, callers, streams, portsFor, version, now, log }),
      ...(signIn && cookies ? signInRoutes({ ...signIn, serverUrl, publicUrl, cookies, signal, now }) : {}),
      'GET /metrics': prometheus,
    },
    close: () => streams.close(),
  };
}

function gauges({ watch, load }: ApiParts, streams: Streams): Gauge[] {
  const views = watch.fleets
    .places()
    .flatMap((place) => (watch.fleets.peek(place) ?? []).map((view) => ({ place, view })))
    .slice(0, 1_000);
  const [tasks, beats] = [load(), watch.load];
  return [
    {
      name: 'flotilla_incidents_open',
      help: 'Incidents that are open, by the record.',
      values: views.map(({ place: { owner, repo }, view: { environment, incidents } }) => [
        { repository: `${owner}/${repo}`, environment },
        incidents.filter(({ closed }) => closed === undefined).length,
      ]),
    },
    {
      name: 'flotilla_queue_waiting',
      help: 'Pieces of work that wait.',
      values: [
        [{ queue: 'webhooks' }, tasks.waiting],
        [{ queue: 'heartbeats' }, beats.waiting],
      ],
    },
    {
      name: 'flotilla_queue_running',
      help: 'Pieces of work under way.',
      values: [
        [{ queue: 'webhooks' }, tasks.running],
        [{ queue: 'heartbeats' }, beats.running],
      ],
    },
    { name: 'flotilla_streams_open', help: 'Clients of the event stream.', values: [[{}, streams.size]] },
  ];
}
