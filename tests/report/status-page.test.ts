import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Maintenance } from '../../src/model/incident.ts';
import type { Address } from '../../src/model/resource.ts';
import { dayBars, sparkline } from '../../src/report/status/charts.ts';
import { percent } from '../../src/report/plan-words.ts';
import { safeUrl, span } from '../../src/report/status/markup.ts';
import { statusSite } from '../../src/report/status/status-site.ts';
import type { StatusInput } from '../../src/report/status/status-input.ts';
import { HOSTILE } from './sample.ts';
import { INCIDENTS, largeInput, NOW, statusInput } from './status-sample.ts';

const PAGES = ['index.html', 'fleet.html'] as const;
const file = (input: StatusInput, path: string): string => {
  const text = statusSite(input).get(path);
  if (text === undefined) throw new Error(`no ${path}`);
  return text;
};
const heading = (input: StatusInput): string | undefined => /<h1>(.*?)<\/h1>/.exec(file(input, 'index.html'))?.[1];

describe('the site', () => {
  test('is pages, a feed, documents, and two badges for the fleet and for each resource that is watched', () => {
    expect([...statusSite(statusInput()).keys()].filter((path) => !path.startsWith('badges/')).toSorted()).toEqual([
      'feed.xml',
      'fleet.html',
      'fleet.json',
      'index.html',
      'status.json',
    ]);
    const badges = [...statusSite(statusInput()).keys()].filter((path) => path.startsWith('badges/'));
    expect(badges).toHaveLength(2 * (1 + 8));
    expect(badges).toContain('badges/status/fleet.svg');
    expect(badges).toContain('badges/uptime/domain.acme.dev.svg');
  });

  test('says nothing of what runs where to visitors when it is for them alone', () => {
    const site = statusSite(statusInput({ audience: 'visitors' }));
    expect([...site.keys()].filter((path) => path.startsWith('fleet'))).toEqual([]);
    for (const text of site.values()) expect(text).not.toMatch(/fleet\.(html|json)|@render|behind our back/);
  });

  test('is the same for the same input', () => {
    expect(statusSite(statusInput())).toEqual(statusSite(statusInput()));
  });

  test('is there before anything is watched, and before anything was applied', () => {
    const { numbers } = statusInput();
    const empty = statusInput({
      health: null,
      numbers: { ...numbers, resources: {} },
      incidents: [],
      maintenance: [],
      events: [],
      recorded: { environment: null, resources: new Map(), secrets: new Map() },
    });
    expect(heading(empty)).toBe('Nothing is watched yet');
    expect(file(empty, 'fleet.html')).toContain('Nothing has happened yet.');
  });
});

describe('a page', () => {
  test.each(PAGES)('allows its own style and script, and nothing else: %s', (path) => {
    const text = file(statusInput(), path);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; (script-src 'sha256-[^']+'; )?img-src data:; /,
    );
    for (const [, tag, body = ''] of text.matchAll(/<(style|script)>([^]*?)<\/\1>/g))
      expect(policy).toContain(`${tag}-src 'sha256-${createHash('sha256').update(body).digest('base64')}'`);
    expect(text).not.toMatch(/ style=| on\w+=|javascript:/);
  });

  test.each(PAGES)('loads nothing from anywhere: %s', (path) => {
    const text = file(statusInput(), path);
    expect(text).not.toMatch(/ src=|@import|url\((?!#)|<(iframe|img|object|embed|form)\b/);
    const loaded = [...text.matchAll(/<link rel="(\S+)"[^>]* href="([^"]*)"/g)].filter(([, rel]) => rel === 'icon');
    expect(loaded.map(([, , href]) => href?.slice(0, 5))).toEqual(['data:']);
  });

  test('weighs less than 60 KB for 50 resources', () => {
    for (const path of PAGES) expect(Buffer.byteLength(file(largeInput(50), path))).toBeLessThan(60_000);
  });

  test('does not grow with what went wrong', () => {
    const incidents = Array.from({ length: 300 }, (_, index) => ({
      ...(INCIDENTS[index % INCIDENTS.length] as (typeof INCIDENTS)[number]),
      id: `i${index}`,
      cause: 'x'.repeat(1000),
      timeline: Array.from({ length: 100 }, () => ({ at: NOW, text: 'y'.repeat(1000) })),
    }));
    const site = statusSite(largeInput(50, { incidents }));
    for (const path of PAGES) expect(Buffer.byteLength(site.get(path) ?? '')).toBeLessThan(500_000);
    expect(Buffer.byteLength(site.get('status.json') ?? '')).toBeLessThan(4_000_000);
  });
});

describe('the headline', () => {
  const alone = (status: 'up' | 'down' | 'flapping' | 'suspect' | 'unknown', given: Partial<StatusInput> = {}) => {
    const input = statusInput({ incidents: [], maintenance: [], ...given });
    const api = input.health?.instances['service/api@render'];
    if (!input.health || !api) throw new Error('the sample has no health');
    const instances = { 'service/api@render': { ...api, status } };
    return { ...input, health: { ...input.health, instances }, numbers: { ...input.numbers, resources: {} } };
  };

  test.each([
    ['up', 'Everything is up'],
    ['suspect', 'Everything is up'],
    ['down', 'Everything is down'],
    ['flapping', 'api is partly down'],
    ['unknown', 'Nothing is known yet'],
  ] as const)('of a fleet that is %s', (status, words) => {
    expect(heading(alone(status))).toBe(words);
  });

  test('names what is down, counts several, and mentions an incident that is not over', () => {
    expect(heading(statusInput())).toBe('checkout is down');
    const { health } = statusInput();
    const down = health?.instances['service/checkout@fly'];
    if (!health || !down) throw new Error('the sample has no health');
    const two = { ...health, instances: { ...health.instances, 'site/web@vercel': down } };
    expect(heading(statusInput({ health: two }))).toBe('2 of 8 are down');
    expect(heading(alone('up', { incidents: INCIDENTS }))).toBe('1 incident is not over yet');
  });

  test('does not call maintenance an outage while it lasts', () => {
    const window = (from: string, to: string): Maintenance => ({ from, to, resources: [], reason: 'a move' });
    expect(heading(alone('down', { maintenance: [window('2026-11-20T12:00:00Z', '2026-11-20T13:00:00Z')] }))).toBe(
      'api is under maintenance',
    );
    expect(heading(alone('down', { maintenance: [window('2026-11-20T13:00:00Z', '2026-11-20T14:00:00Z')] }))).toBe(
      'Everything is down',
    );
  });
});

describe('what strangers wrote', () => {
  const hostile: Address = `service/${HOSTILE.replaceAll(/[\s/]/g, '')}`;
  const evil = 'javascript:alert(1)//https://x';
  const base = statusInput();
  const state = base.recorded.resources.get('service/api');
  if (!state || !base.health) throw new Error('the sample has no state');
  const instance = {
    ...state.instances['render'],
    error: HOSTILE,
    outputs: { url: evil, secret_key: 'hunter2' },
  } as never;
  const site = statusSite(
    statusInput({
      fleet: HOSTILE,
      environment: HOSTILE,
      status: { title: HOSTILE, description: HOSTILE, url: evil },
      incidents: INCIDENTS.map((one) => ({
        ...one,
        title: HOSTILE,
        cause: HOSTILE,
        muted: HOSTILE,
        timeline: [{ at: HOSTILE, text: HOSTILE }],
      })),
      maintenance: [{ from: NOW, to: '2027-01-01T00:00:00Z', resources: [hostile], reason: HOSTILE }],
      recorded: {
        environment: null,
        secrets: new Map(),
        resources: new Map([
          [hostile, { ...state, address: hostile, dependsOn: [hostile], instances: { [HOSTILE]: instance } }],
        ]),
      },
      events: base.events.map((one) => ({
        ...one,
        resource: hostile,
        actor: HOSTILE,
        message: HOSTILE,
        commit: HOSTILE,
      })),
      placement: { [hostile]: [{ provider: HOSTILE, replicas: 1, because: HOSTILE }] },
      repository: evil,
    }),
  );

  test.each([...site.keys()].filter((path) => !path.endsWith('.json')))('means nothing in %#', (path) => {
    const text = (site.get(path) ?? '').replace(/<(style|script)>[^]*?<\/\1>/g, '');
    expect(text).not.toMatch(/<img|href="javascript|\u202e|<\/details> ```/);
    expect(text).not.toContain('\u001b');
    for (const [, href = ''] of text.matchAll(/href="([^"]*)"/g))
      expect(href).toMatch(
        /^(https?:\/\/|data:image\/svg|#|(index|fleet)\.html$|feed\.xml$|(status|fleet)\.json$|badges\/)/,
      );
  });

  test('is only data in the documents, and no secret is', () => {
    const { resources } = JSON.parse(site.get('fleet.json') ?? '');
    const [one] = resources[hostile].instances;
    expect(one).toMatchObject({ provider: HOSTILE, outputs: {} });
    expect(one.url).toBeUndefined();
    for (const text of site.values()) expect(text).not.toContain('hunter2');
  });

  test('does not lead out of the folder', () => {
    for (const path of site.keys()) expect(path).not.toMatch(/\.\.|^\/|\\/);
  });

  test('is no link unless it is http(s) and nobody’s', () => {
    expect(safeUrl('https://acme.dev/x')).toBe('https://acme.dev/x');
    for (const url of [evil, 'data:text/html,x', '//evil.example', 'https://me:pass@acme.dev', 'nonsense', undefined])
      expect(safeUrl(url)).toBeUndefined();
  });
});

describe('the documents', () => {
  test('say what runs where and how it is reached', () => {
    const { commit, resources } = JSON.parse(file(statusInput(), 'fleet.json'));
    expect(commit).toBe('0123456789abcdef0123456789abcdef01234567');
    expect(resources['service/api']).toEqual({
      kind: 'service',
      name: 'api',
      standing: 'up',
      dependsOn: ['database/main', 'bucket/media'],
      instances: [
        {
          provider: 'render',
          region: 'eu',
          replicas: 1,
          phase: 'live',
          status: 'up',
          commit: '0123456789abcdef',
          url: 'https://api.acme.example/',
          outputs: { host: 'api.acme.example' },
        },
      ],
    });
  });

  test('never have what a kind keeps secret', () => {
    const input = statusInput();
    const neon = input.recorded.resources.get('database/main')?.instances['neon'];
    if (neon) neon.outputs = { url: 'postgres://u:hunter2@db', password: 'hunter2', host: 'db' };
    for (const text of statusSite(input).values()) expect(text).not.toContain('hunter2');
    expect(JSON.parse(file(input, 'fleet.json')).resources['database/main'].instances[0].outputs).toEqual({
      host: 'db',
    });
  });

  test('tell programs what the page tells visitors', () => {
    const { standing, sentence, resources, incidents } = JSON.parse(file(statusInput(), 'status.json'));
    expect({ standing, sentence }).toEqual({ standing: 'down', sentence: 'checkout is down' });
    expect(resources).toHaveLength(8);
    expect(resources[0]).toMatchObject({
      address: 'service/api',
      standing: 'up',
      numbers: { uptime: { day: { known: 750 } } },
    });
    expect(incidents.map(({ kind }: { kind: string }) => kind)).toEqual(['down', 'down', 'down', 'provider']);
  });
});

describe('the feed', () => {
  const text = file(statusInput(), 'feed.xml');

  test('has an entry an outage and a maintenance, newest first', () => {
    expect(
      [...text.matchAll(/<entry>\s*<id>(\S+)<\/id>\s*<title>(.*?)<\/title>/g)].map(([, , title]) => title),
    ).toEqual([
      'Maintenance: The database moves to a larger machine',
      'checkout does not answer',
      'api answered too slowly (over after 4 min)',
      'checkout does not answer (over after 9 min)',
      'fly is out: 2 resources do not answer (over after 1 h 40 min)',
    ]);
  });

  test('has ids that are its own, and stay when the page moves', () => {
    const ids = (feed: string) => [...feed.matchAll(/<id>(.*?)<\/id>/g)].map(([, id]) => id);
    expect(new Set(ids(text)).size).toBe(6);
    for (const id of ids(text))
      expect(id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    const moved = file(statusInput({ status: { title: 'New', url: 'https://elsewhere.example' } }), 'feed.xml');
    expect(ids(moved)).toEqual(ids(text));
    expect(moved).toContain('href="https://elsewhere.example/feed.xml"');
  });

  test('does without an address', () => {
    expect(file(statusInput({ status: { title: 'Acme' } }), 'feed.xml')).not.toContain('<link');
  });
});

describe('a chart', () => {
  const day = (known: number, down: number) => ({ known, down, share: known === 0 ? null : (known - down) / known });

  test('of days joins those that fare alike, and says in words what they were', () => {
    const { text } = dayBars([day(0, 0), day(1440, 0), day(1440, 0), day(1440, 12), day(1440, 300)], NOW);
    expect([...text.matchAll(/class="(\w+)" d="(.*?)"/g)].map(([, bar, path]) => `${bar} ${path}`)).toEqual([
      'up M4 14h7',
      'some M12 14h3',
      'bad M16 14h3',
      'hole M0 14h3',
    ]);
    expect(/aria-label="(.*?)"/.exec(text)?.[1]).toBe(
      '5 days: outages on 2 days: 11-19 12 min, 11-20 5 h; no data on 1 day',
    );
  });

  test('of latency has gaps where nothing answered', () => {
    const { text } = sparkline({ hours: [10, 20, null, 40, null] });
    expect(/ d="(.*?)"/.exec(text)?.[1]).toBe('M0 17L4 12M12 2h2');
    expect(text).toContain('Latency from 10 ms to 40 ms in 24 hours');
  });
});

describe('the map', () => {
  const mapOf = (uses: Record<Address, Address[]>): { boxes: string[]; lines: string[] } => {
    const input = statusInput({ health: null, numbers: { ...statusInput().numbers, resources: {} } });
    const [one] = input.recorded.resources.values();
    if (!one) throw new Error('the sample has no resource');
    const resources = new Map(
      (Object.entries(uses) as [Address, Address[]][]).map(([address, dependsOn]) => [
        address,
        { ...one, address, dependsOn },
      ]),
    );
    const text = file({ ...input, recorded: { environment: null, resources, secrets: new Map() } }, 'fleet.html');
    return {
      boxes: [...text.matchAll(/translate\((\d+) \d+\)"[^]*?<text[^>]*>\w+ (\w+)</g)].map(
        ([, x, name]) => `${name} ${x}`,
      ),
      lines: [...text.matchAll(/<path marker-end="[^"]*" d="([^"]*)"/g)].map(([, line]) => line as string),
    };
  };

  test('has a column for each layer, and lines that pass no box', () => {
    const { boxes, lines } = mapOf({
      'service/c': ['service/a', 'service/b'],
      'service/b': ['service/a'],
      'service/a': [],
      'service/z': ['service/gone'],
    });
    expect(boxes.toSorted()).toEqual(['a 0', 'b 200', 'c 400', 'z 0']);
    expect(lines).toHaveLength(3);
    expect(lines.filter((line) => line.includes('H360'))).toHaveLength(1);
  });

  test('is drawn whatever is recorded: circles, itself', () => {
    const { boxes, lines } = mapOf({
      'service/a': ['service/b'],
      'service/b': ['service/a'],
      'service/c': ['service/c', 'service/b'],
    });
    expect(boxes).toHaveLength(3);
    expect(lines.length).toBeGreaterThan(0);
  });
});

test('figures are never better than they were', () => {
  expect([1, 0.999999, 0.99989, 0].map(percent)).toEqual(['100 %', '99.99 %', '99.98 %', '0.00 %']);
  expect([0, 89, 90, 3599, 3600, 90_000, 200_000].map(span)).toEqual([
    '0 s',
    '89 s',
    '2 min',
    '1 h',
    '1 h',
    '1 day 1 h',
    '2 days 7 h',
  ]);
});

test('badges say it in words too', () => {
  expect(file(statusInput(), 'badges/status/service.checkout.svg')).toContain('aria-label="checkout: down"');
  expect(file(statusInput(), 'badges/uptime/fleet.svg')).toMatch(/aria-label="acme uptime: 99\.\d\d %"/);
  expect(file(statusInput(), 'badges/uptime/model.ranker.svg')).toContain('aria-label="ranker uptime: no data"');
});
