import { spawn } from 'node:child_process';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { systemClock } from '../../src/assemble.ts';
import { probeMany } from '../../src/health/probe-many.ts';
import { everywhereHere, http, target } from '../health/prober.ts';
import { milliseconds, times, type Row } from './table.ts';
import { middle } from './timing.ts';

const ENDPOINTS = 1_000;
/** So that politeness to each lets as many be asked at once as there may be in all. */
const HOSTS = 250;
const AT_ONCE = 64;
/** The first ones are not counted: both sides are as fast as they get after that. */
const WARMING = 5;
const ROUNDS = 25;

/** In a process of its own, so that its time is not counted. */
const SERVER = `
const server = require('node:http').createServer((_, answer) => answer.end('ok'));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
`;

/** One run's probes of a thousand endpoints, beside the least that asks them: Node's client in a loop, as many at once. */
export async function* probes(): AsyncGenerator<Row> {
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const port = await new Promise<string>((resolve) => createInterface(server.stdout).once('line', resolve));
    const urls = Array.from(
      { length: ENDPOINTS },
      (_, index) => `http://host-${index % HOSTS}.example:${port}/${index}`,
    );
    const targets = urls.map((url) => target(http(url, { timeout: 10_000 })));
    const prober = { clock: systemClock, signal: new AbortController().signal, network: { lookup: everywhereHere } };
    const ours = async (): Promise<void> => {
      const samples = await probeMany(targets, prober);
      if (samples.some(({ ok, tries }) => !ok || tries > 1)) throw new Error('a probe failed');
    };
    const rounds: { bare: Cost; ours: Cost }[] = [];
    for (let round = 0; round < WARMING + ROUNDS; round++)
      rounds.push({ bare: await costOf(() => bareLoop(urls)), ours: await costOf(ours) });
    const mean = (of: 'bare' | 'ours', what: keyof Cost) =>
      middle(rounds.slice(WARMING).map((round) => round[of][what]));
    for (const [what, name] of [
      ['wall', 'time'],
      ['cpu', 'processor time'],
    ] as const) {
      const ratio = mean('ours', what) / mean('bare', what);
      yield {
        what: `1,000 endpoints probed, ${name}`,
        bar: '≤ 1.3× a bare node:http loop',
        measured: times(ratio),
        holds: ratio <= 1.3,
        beside: `${milliseconds(mean('ours', what))} to ${milliseconds(mean('bare', what))}`,
      };
    }
  } finally {
    server.stdin.end();
  }
}

/** Milliseconds. */
interface Cost {
  wall: number;
  cpu: number;
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: performance.now() - start, cpu: (user + system) / 1000 };
}

async function bareLoop(urls: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let url = urls[next++]; url !== undefined; url = urls[next++]) await ask(url, agent);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  agent.destroy();
}

function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent, lookup: everywhereHere as never }, (answer) => answer.resume().on('end', resolve)).on(
      'error',
      reject,
    );
  });
}
