import { Probot } from 'probot';
import { tagOf, type Clock } from '../src/index.ts';
import { openAccess } from './access.ts';
import { Metrics } from './api/metrics.ts';
import { startApi } from './api/start-api.ts';
import { FairQueue } from './fair-queue.ts';
import { Seen } from './seen.ts';
import { factsOf, factsOfError, maskedLog, maskOf } from './log.ts';
import { QuietOctokit } from './quiet-octokit.ts';
import { listen } from './server.ts';
import type { Credentials, Settings } from './settings.ts';
import { subscribe } from './subscribe.ts';
import { sweep, type SweepResult } from './sweep.ts';
import { startSweeper } from './sweeper.ts';
import { keyOf, type Task } from './task.ts';
import { startWatch } from './watch/start-watch.ts';
import { webhookRoute } from './webhook-route.ts';
import { doTask } from './work/do-task.ts';

export interface RunningApp {
  url: string;
  /** Everything that was taken in so far is done. */
  idle(): Promise<void>;
  /** One sweep, now. */
  sweep(first?: boolean): Promise<SweepResult>;
  /** One heartbeat for every repository, now, and what follows from it. */
  beat(): Promise<void>;
  /** Takes nothing more in and finishes what it can within `patience` milliseconds; gives the number of tasks given up. */
  close(patience?: number): Promise<number>;
}

export interface StartOptions {
  version: string;
  /** Whether it sweeps by itself; default yes. */
  sweeps?: boolean;
  /** Milliseconds between two requests for redelivery; default 1,000, as GitHub asks for between writes. */
  pause?: number;
  /** Of heartbeats and what is cached between them; default the machine's. */
  clock?: Clock;
}

const CAPACITY = 10_000;
/** Plans that are remembered as made. */
const REMEMBERED_PLANS = 5_000;

/** Starts the App: it answers webhooks at once, works on them from a queue, and sweeps. */
export async function startApp(
  settings: Settings & { credentials: Credentials },
  { version, sweeps = true, pause = 1_000, clock }: StartOptions,
): Promise<RunningApp> {
  const { credentials, apiUrl, serverUrl, logLevel, logFormat } = settings;
  const { appId, privateKey, webhookSecret: secret } = credentials;
  const probot = new Probot({ appId, privateKey, secret, baseUrl: apiUrl, Octokit: QuietOctokit, logLevel, logFormat });
  await probot.ready();
  const log = maskedLog(probot.log, maskOf(settings));
  const metrics = new Metrics();
  const access = openAccess(credentials, apiUrl, (installation, request) => metrics.request(installation, request));
  const stopping = new AbortController();
  const watch = startWatch({
    settings,
    access,
    log,
    signal: stopping.signal,
    clock,
    asked: (place, environment, round) => metrics.round(place, environment, round),
  });
  const started = new Date();
  const planned = new Seen(REMEMBERED_PLANS);
  let ready = false;

  const queue: FairQueue<Task> = new FairQueue<Task>({
    work: (task, signal) =>
      doTask(task, {
        access,
        serverUrl,
        log,
        appId,
        started,
        planned,
        signal,
        moved: (place, now) => watch.moved(place, now),
        enqueue: (next) => void queue.add(next),
      }),
    failed(task, error) {
      // A token that was taken away is asked for anew by the next task.
      if (tagOf(error) === 'credential') access.forget(task.place.installation);
      log.error({ ...factsOf(task), ...factsOfError(error) }, 'failed');
    },
    lane: ({ place }) => place.installation,
    key: keyOf,
    concurrency: settings.concurrency,
    perLane: Math.max(1, Math.ceil(settings.concurrency / 2)),
    capacity: CAPACITY,
    laneCapacity: CAPACITY / 4,
  });

  /** Deliveries whose tasks did not all fit: handlers cannot answer, so they leave word here. */
  const refused = new Set<string>();
  subscribe(probot, (guid, tasks) => {
    for (const task of tasks) {
      if (task.kind === 'catch-up') watch.fleets.note(task.place);
      const taken = queue.add(task);
      if (taken === 'full') refused.add(guid);
      log.debug({ delivery: guid, ...factsOf(task) }, taken);
    }
  });
  const webhooks = webhookRoute({
    verify: (body, signature) => probot.webhooks.verify(body, signature),
    async receive({ guid, event, payload }) {
      if (stopping.signal.aborted) return 'full';
      await probot.webhooks.receive({ id: guid, name: event, payload } as never);
      const result = refused.delete(guid) ? 'full' : 'taken';
      metrics.webhook(result);
      return result;
    },
  });

  const api = startApi({
    settings,
    watch,
    metrics,
    access,
    log,
    version,
    signal: stopping.signal,
    load: () => queue.load,
    now: clock && (() => clock.now().getTime()),
  });
  const server = await listen(
    settings,
    {
      ...api.routes,
      [`POST ${settings.webhookPath}`]: webhooks,
      'GET /healthz': (_request, response) => {
        const status = stopping.signal.aborted ? 'stopping' : ready ? 'ready' : 'starting';
        response.writeHead(status === 'ready' ? 200 : 503, { 'content-type': 'application/json' });
        response.end(`${JSON.stringify({ status, version, ...queue.load })}\n`);
      },
      'GET /': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/plain' }).end(`Flotilla ${version}\n`);
      },
    },
    (error) => log.error(factsOfError(error), 'request failed'),
  );
  log.info({ url: server.url, version }, 'listening');

  const enqueue = (task: Task) => {
    watch.fleets.note(task.place);
    return queue.add(task) === 'full' ? 'full' : 'taken';
  };
  const sweepNow = async (first: boolean): Promise<SweepResult> => {
    const result = await sweep(first, { access, enqueue, log, signal: stopping.signal, started, pause });
    ready = true;
    return result;
  };
  const sweeper = startSweeper({
    // The first request as the App tells whether its id and key are right.
    sweep: async (first) => {
      await access.app(stopping.signal).request('GET /app', {}, { kind: 'app' });
      ready = true;
      if (sweeps) await sweepNow(first);
    },
    every: settings.sweepEvery * 60_000,
    log,
  });

  return {
    url: server.url,
    async idle() {
      await queue.idle();
      await watch.idle();
    },
    async beat() {
      watch.beat();
      await watch.idle();
    },
    sweep: (first = false) => sweepNow(first),
    async close(patience = 10_000) {
      sweeper.stop();
      stopping.abort(new Error('the App is shutting down'));
      api.close();
      const closed = server.close();
      let timer: NodeJS.Timeout | undefined;
      const patient = new Promise((resolve) => (timer = setTimeout(resolve, patience)));
      const [given] = await Promise.all([queue.stop(patient), watch.stop(patient)]);
      clearTimeout(timer);
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
      log.info({ given }, 'stopped');
      return given;
    },
  };
}
