import type { RequestRecord, Round } from '../../src/index.ts';
import type { Place } from '../task.ts';

/** Resources, and installations, that have numbers of their own; what comes after them is counted together. */
const MOST = 1_000;
/** Upper bounds of the buckets, seconds. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Labels = Record<string, string>;
export interface Gauge {
  name: string;
  help: string;
  values: [labels: Labels, value: number][];
}

interface Probed {
  labels: Labels;
  ok: number;
  failed: number;
  buckets: number[];
  sum: number;
  count: number;
}

/** Numbers of this process, as Prometheus reads them. */
export class Metrics {
  readonly #probed = new Map<string, Probed>();
  readonly #webhooks = new Map<string, number>();
  readonly #requests = new Map<string, [labels: Labels, count: number]>();
  readonly #remaining = new Map<number, number>();

  round({ owner, repo }: Pick<Place, 'owner' | 'repo'>, environment: string, { samples }: Round): void {
    for (const { instance, ok, milliseconds } of samples) {
      const resource = instance.slice(0, instance.lastIndexOf('@'));
      const probed = this.#of({ repository: `${owner}/${repo}`, environment, resource });
      probed[ok ? 'ok' : 'failed'] += 1;
      if (milliseconds === null) continue;
      const seconds = milliseconds / 1000;
      for (const [index, bound] of BUCKETS.entries()) if (seconds <= bound) probed.buckets[index]! += 1;
      probed.sum += seconds;
      probed.count += 1;
    }
  }

  webhook(result: 'taken' | 'full'): void {
    this.#webhooks.set(result, (this.#webhooks.get(result) ?? 0) + 1);
  }

  request(installation: number | undefined, { kind, status, remaining }: RequestRecord): void {
    const labels = { kind, status: String(status) };
    const key = JSON.stringify(labels);
    this.#requests.set(key, [labels, (this.#requests.get(key)?.[1] ?? 0) + 1]);
    if (installation === undefined || remaining === undefined) return;
    if (this.#remaining.has(installation) || this.#remaining.size < MOST) this.#remaining.set(installation, remaining);
  }

  /** The text of `/metrics`, with what only the moment tells. */
  text(gauges: readonly Gauge[]): string {
    const probed = [...this.#probed.values()];
    const counted = (map: ReadonlyMap<string, number>, label: string): [Labels, number][] =>
      [...map].map(([value, count]) => [{ [label]: value }, count]);
    const lines = [
      ...family('flotilla_probes_total', 'counter', 'Probes of heartbeats, retries of one counted once.', [
        ...probed.map(({ labels, ok }): [Labels, number] => [{ ...labels, result: 'ok' }, ok]),
        ...probed.map(({ labels, failed }): [Labels, number] => [{ ...labels, result: 'failed' }, failed]),
      ]),
      ...histogram(probed),
      ...family(
        'flotilla_webhooks_total',
        'counter',
        'Webhooks by what became of them.',
        counted(this.#webhooks, 'result'),
      ),
      ...family('flotilla_github_requests_total', 'counter', 'Requests to GitHub; status 0: no answer.', [
        ...this.#requests.values(),
      ]),
      ...family(
        'flotilla_github_rate_limit_remaining',
        'gauge',
        'Requests that an installation has left in this hour, when it was last told.',
        [...this.#remaining].map(([installation, left]) => [{ installation: String(installation) }, left]),
      ),
      ...gauges.flatMap(({ name, help, values }) => family(name, 'gauge', help, values)),
    ];
    return `${lines.join('\n')}\n`;
  }

  #of(labels: { repository: string; environment: string; resource: string }): Probed {
    const key = JSON.stringify(labels);
    const known = this.#probed.get(key);
    if (known) return known;
    const isOther = this.#probed.size >= MOST && labels.resource !== OTHER.resource;
    if (isOther) return this.#of(OTHER);
    const probed = { labels, ok: 0, failed: 0, buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#probed.set(key, probed);
    return probed;
  }
}

const OTHER = { repository: '', environment: '', resource: 'other' };

function histogram(probed: readonly Probed[]): string[] {
  const name = 'flotilla_probe_duration_seconds';
  return [
    ...head(name, 'histogram', 'How long answers to probes took.'),
    ...probed.flatMap(({ labels, buckets, sum, count }) => [
      ...BUCKETS.map((bound, index) => line(`${name}_bucket`, { ...labels, le: String(bound) }, buckets[index] ?? 0)),
      line(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
      line(`${name}_sum`, labels, sum),
      line(`${name}_count`, labels, count),
    ]),
  ];
}

function family(name: string, type: 'counter' | 'gauge', help: string, values: readonly [Labels, number][]): string[] {
  return [...head(name, type, help), ...values.map(([labels, value]) => line(name, labels, value))];
}

const head = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

function line(name: string, labels: Labels, value: number): string {
  const told = Object.entries(labels).map(([label, text]) => `${label}="${text.replace(/[\\"\n]/g, escaped)}"`);
  return `${name}${told.length > 0 ? `{${told.join(',')}}` : ''} ${value}`;
}

const escaped = (character: string): string => (character === '\n' ? '\\n' : `\\${character}`);
