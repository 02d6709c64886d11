import { describe, expect, test } from 'vitest';
import { errors } from './reading.ts';

/** Each error as a newcomer sees it: place, what was found, what was expected. */
const SCHEMA: [what: string, yaml: string, lines: string[]][] = [
  [
    'numbers that are none',
    'fleet: a\nproviders: { local: { x: .nan, y: { z: [-.inf] } } }\n',
    [
      '2:26 "x" is the number NaN (expected a number that is finite)',
      '2:32 "y" is a map (expected a number that is finite)',
    ],
  ],
  [
    'a wrong type',
    'fleet: a\nservices:\n  api:\n    source: x\n    port: eighty\n',
    ['5:11 "port" is the text "eighty" (expected a whole number from 1 to 65535)'],
  ],
  [
    'a number out of range, a fraction, a negative one',
    'fleet: a\nservices:\n  x: { source: x, port: 70000, replicas: -1 }\n  y: { source: y, replicas: 1.5 }\n',
    [
      '3:25 "port" is the number 70000 (expected a whole number from 1 to 65535)',
      '3:42 "replicas" is the number -1 (expected a whole number from 1 to 100)',
      '4:29 "replicas" is the number 1.5 (expected a whole number from 1 to 100)',
    ],
  ],
  [
    'unknown keys, with what was meant',
    'fleet: a\nservice: {}\nservices:\n  api: { source: x, replica: 2, colour: red }\n',
    [
      '2:1 "service" is not a key of the file (did you mean "services"?)',
      '4:21 "replica" is not a key of "api" (did you mean "replicas"?)',
      '4:33 "colour" is not a key of "api" (known keys: source, port, env, health, resources, replicas, rollout, domains, failover, place, protect, drift)',
    ],
  ],
  [
    'secrets',
    'fleet: a\nsecrets:\n  FLOTILLA_X: { rotate: 30d }\n  A: {}\n  B: { rotate: 30d, revoke: x }\n  C: { rotate: 30, issue: [] }\n  D: { issue: random, env: { X: "${service.api.url}" } }\n  E: { issue: random, grace: 2d }\n  F: { issue: { provider: local }, revoke: x }\n  G: { issue: { account: local } }\n  H: { issue: 5 }\n',
    [
      '3:3 "FLOTILLA_X" cannot be a name here (expected a name such as STRIPE_KEY, as for environment variables, without FLOTILLA_ in front)',
      '4:3 nothing is said of the secret (expected rotate, issue, or both)',
      '5:29 "revoke" is of a secret that the fleet issues (expected issue beside it)',
      '6:16 "rotate" is the number 30 (expected a duration such as 30s, 5m, 2h or 3d)',
      '6:20 "issue" is a list (expected at least one word)',
      '7:33 "X" refers to something else than a secret of yours (expected text, in which ${secret.NAME} may stand)',
      '8:30 "grace" is the text "2d" (expected a duration from 0s to 1d such as 5m)',
      '9:44 "revoke" is of a command (expected nothing: the provider sees to that)',
      '10:8 "issue" has no "provider" (expected a name of lower-case letters, digits and dashes that starts with a letter)',
      '10:17 "account" is not a key of "issue" (known keys: provider)',
      '11:15 "issue" is the number 5 (expected random, a command that prints the new value, or a map such as { provider: render })',
    ],
  ],
  [
    'an account that is not there',
    'fleet: a\nproviders: { render: {} }\nsecrets:\n  RENDER_API_KEY: { issue: { provider: rendr } }\n',
    ['4:40 there is no account "rendr" (did you mean "render"?)'],
  ],
  [
    'how long an old place is kept',
    'fleet: a\nservices:\n  api: { source: x, place: { grace: 16m } }\n  web: { source: x, place: { grace: 0s } }\ndatabases:\n  db: { engine: postgres, place: { grace: 1m } }\n',
    [
      '3:37 "grace" is the text "16m" (expected a duration from 0s to 15m)',
      '6:36 "grace" is not a key of "place" (known keys: on, spread, region, traffic)',
    ],
  ],
  [
    'what is missing',
    'services:\n  api: {}\nsites: { web: { build: x } }\n',
    [
      '1:1 the file has no "fleet" (expected a name of lower-case letters, digits and dashes that starts with a letter)',
      '2:3 "api" has no "source" (expected a folder such as services/api, or a map such as { dir: services/api })',
      '3:10 "web" has no "dir" (expected a path inside the repository such as services/api, without .. and without a leading slash)',
    ],
  ],
  [
    'names',
    'fleet: a\nservices:\n  Api: { source: x }\n  "a b": { source: x }\n  constructor: { source: x }\n  -x: { source: x }\n',
    [
      '3:3 "Api" cannot be a name here (expected a name of lower-case letters, digits and dashes that starts with a letter)',
      '4:3 "a b" cannot be a name here (expected a name of lower-case letters, digits and dashes that starts with a letter)',
      '5:3 "constructor" cannot be a name here (expected a name of lower-case letters, digits and dashes that starts with a letter)',
      '6:3 "-x" cannot be a name here (expected a name of lower-case letters, digits and dashes that starts with a letter)',
    ],
  ],
  [
    'invisible and direction-changing characters are refused, and shown as what they are',
    'fleet: a\nservices:\n  "api\\u202e": { source: x }\n  "w\\x07": { source: "\\u2066x" }\n',
    [
      '3:3 "api\\u{202e}" cannot be a name here (expected a name of lower-case letters, digits and dashes that starts with a letter)',
      '4:3 "w\\u{7}" cannot be a name here (expected a name of lower-case letters, digits and dashes that starts with a letter)',
      '4:22 "source" is the text "\\u{2066}x" (expected a path inside the repository such as services/api, without .. and without a leading slash)',
    ],
  ],
  [
    'paths that leave the repository',
    'fleet: a\nservices:\n  a: { source: ../x }\n  b: { source: { dir: /etc } }\n  c: { source: a/../../b }\n',
    [
      '3:16 "source" is the text "../x" (expected a path inside the repository such as services/api, without .. and without a leading slash)',
      '4:23 "dir" is the text "/etc" (expected a path inside the repository such as services/api, without .. and without a leading slash)',
      '5:16 "source" is the text "a/../../b" (expected a path inside the repository such as services/api, without .. and without a leading slash)',
    ],
  ],
  [
    'health checks',
    'fleet: a\nservices:\n  a:\n    source: x\n    health: { path: /h, tcp: true }\n  b:\n    source: x\n    health: { tcp: true, dns: {} }\n  c:\n    source: x\n    health: { grace: 5s }\n  d:\n    source: x\n    health: { path: /h, method: HEAD, contains: x }\n  e:\n    source: x\n    health: { methd: GET, timeout: 6m, status: [299-200, 700, abc] }\n  f:\n    source: x\n    health: { headers: { Host: x, A: "${service.a.url}", B: "a\\nb" } }\n',
    [
      '5:21 "path" is of a check over HTTP, and this is one of tcp (expected no path, or no tcp)',
      '8:26 "tcp" and "dns" exclude each other (expected one of the two)',
      '11:22 "grace" is for the check that the provider does, which needs a path (expected a path)',
      '14:49 an answer to HEAD has no text (expected another method, or no contains)',
      '17:15 "methd" is not a key of "health" (did you mean "method"?)',
      '17:36 it is longer than 5m (expected a duration of at most 5m)',
      '17:49 entry 1 of "status" is the text "299-200" (expected a range that rises, such as 200-299)',
      '17:58 entry 2 of "status" is the number 700 (expected a whole number from 100 to 599)',
      '17:63 entry 3 of "status" is the text "abc" (expected a status such as 200, or a range such as 200-299)',
      '20:26 "Host" cannot be a name here (expected a header name such as Authorization, but none that says how a request is sent)',
      '20:38 "A" is the text "${service.a.url}" (expected no reference but ${secret.NAME})',
      '20:61 "B" is the text "a\\nb" (expected text on one line)',
    ],
  ],
  [
    'failover, maintenance, incidents',
    'fleet: a\nproviders: { render: {}, fly: {} }\nservices:\n  x: { source: x, failover: { to: [rendr, render], do: [move, move], budget: 0 } }\ndatabases:\n  d: { engine: postgres, failover: { to: auto } }\nincidents: { webhook: { url: "http://a.example", secret: plain }, assignees: ["@me"] }\nmaintenance: [{ from: 2026-12-01, to: 2026-12-02T00:00Z }]\n',
    [
      '4:52 "do" is a list (expected each step once)',
      '4:78 "budget" is the number 0 (expected a whole number from 1 to 100)',
      '6:26 "failover" is a map (expected no failover: what holds data does not move on its own, because the data would stay behind)',
      '7:30 "url" is not encrypted (expected https://, or allow_private: true)',
      '7:58 "secret" is the text "plain" (expected ${secret.NAME}: a secret does not stand in the config)',
      '7:79 entry 1 of "assignees" is the text "@me" (expected the name of a GitHub user such as octocat)',
      '8:23 "from" is the text "2026-12-01" (expected a moment with its zone such as 2026-12-01T22:00Z)',
    ],
  ],
  [
    'names that the file does not have',
    'fleet: a\nproviders: { render: {}, fly: {} }\nservices:\n  x: { source: x, failover: { to: [rendr, render] } }\nenvironments:\n  e: { services: { x: { failover: { to: [other] } } } }\nmaintenance: [{ from: 2026-12-01T22:00Z, to: 2026-12-02T00:00Z, resources: [service/x, service/xy] }, { from: 2026-12-01T22:00Z, to: 2026-12-02T00:00Z, resources: [site/web] }]\npolicy: { "*": {}, e: {}, production: { apply: none } }\n',
    [
      '4:36 there is no account "rendr" (did you mean "render"?)',
      '6:42 there is no account "other" (there are: render, fly)',
      '7:88 there is no resource "service/xy" (did you mean "service/x"?)',
      '7:165 there is no resource "site/web" (there are: service/x)',
      '8:27 there is no environment "production" (there are: e)',
    ],
  ],
  [
    'durations, sizes, percentages',
    'fleet: a\nservices:\n  a:\n    source: x\n    health: { path: health, every: 5 }\n    resources: { memory: 512, cpu: 0 }\n    rollout: { strategy: canary, steps: [10, 5, 100] }\n',
    [
      '5:21 "path" is the text "health" (expected a path that starts with a slash such as /healthz)',
      '5:36 "every" is the number 5 (expected a duration such as 30s, 5m, 2h or 3d)',
      '6:26 "memory" is the number 512 (expected a size such as 512MB, 512MiB or 1.5GB)',
      '6:36 "cpu" is the number 0 (expected a number of processor cores from 0.01 to 256)',
      '7:46 the steps do not rise at 5 (expected rising percentages)',
    ],
  ],
  [
    'keys that exclude or need each other',
    'fleet: a\nservices:\n  a: { source: { image: x, dir: y } }\n  b: { source: {} }\n  c: { source: c, rollout: { steps: [100] } }\njobs:\n  d: { command: x }\n  e: { every: 1h }\n  f: { command: x, every: 1h, schedule: 0 3 * * * }\n  g: { command: x, schedule: 0 3 * * }\n',
    [
      '3:33 "image" and "dir" exclude each other (expected an image, or a folder to build)',
      '4:8 the source names nothing to run (expected at least one of: dir, image, command)',
      '5:30 "steps" are for the canary strategy only (expected strategy: canary, or no steps)',
      '7:3 the job does not say when to run (expected schedule: "0 3 * * *" or every: 6h)',
      '8:3 the job has nothing to run (expected a source or a command)',
      '9:27 "every" and "schedule" exclude each other (expected one of the two)',
      '10:30 "schedule" is the text "0 3 * *" (expected five fields as in cron, in UTC, such as "0 3 * * *")',
    ],
  ],
  [
    'items of lists',
    'fleet: a\nsites:\n  w:\n    dir: w\n    domains: [www.acme.dev, not a domain]\n    redirects:\n      - { from: /a, to: /b, status: 200 }\n      - /c\n',
    [
      '5:29 entry 2 of "domains" is the text "not a domain" (expected a domain name in lower case such as www.example.com)',
      '7:37 "status" is the number 200 (expected one of: 301, 302, 303, 307, 308)',
      '8:9 entry 2 of "redirects" is the text "/c" (expected a redirect such as { from: /old, to: /new })',
    ],
  ],
  [
    'empty values',
    'fleet:\nservices:\nsites: { w: }\n',
    [
      '1:1 "fleet" is empty (expected a name of lower-case letters, digits and dashes that starts with a letter)',
      '2:1 "services" is empty (expected a map of services by name)',
      '3:10 "w" is empty (expected a site: a map with at least a dir)',
    ],
  ],
  [
    'environments, also what they change',
    'fleet: a\nenvironments:\n  preview-3: {}\n  staging:\n    ttl: soon\n    services:\n      api: { port: 0, replica: 1 }\n      wrker: null\n      web: {}\nservices:\n  api: { source: x }\n  worker: { source: x }\n',
    [
      '3:3 "preview-3" cannot be a name here (expected a name of lower-case letters, digits and dashes that starts with a letter, and is not preview-<number>, which is kept for pull requests)',
      '5:10 "ttl" is the text "soon" (expected a duration such as 30s, 5m, 2h or 3d)',
      '7:20 "port" is the number 0 (expected a whole number from 1 to 65535)',
      '7:23 "replica" is not a key of "api" (did you mean "replicas"?)',
      '8:7 "wrker" is left out here, but the base has no such service (did you mean "worker"?)',
      '9:7 "web" has no "source" (expected a folder such as services/api, or a map such as { dir: services/api })',
    ],
  ],
  [
    'an overlay that spoils what the base has',
    'fleet: a\nenvironments: { staging: { services: { api: { source: { image: x } }, web: { source: null, env: { A: null }, prot: null } } } }\nservices:\n  api: { source: { dir: d } }\n  web: { source: w, port: 80 }\n',
    [
      '2:71 "web" has no "source" (expected a folder such as services/api, or a map such as { dir: services/api })',
      '2:99 "A" is left out here, but the base has no such key (remove it)',
      '2:110 "prot" is left out here, but the base has no such key (did you mean "port"?)',
      '4:25 "image" and "dir" exclude each other (expected an image, or a folder to build)',
    ],
  ],
];

const TEXT: [what: string, yaml: string | Uint8Array, lines: string[]][] = [
  [
    'an empty file',
    '',
    ['1:1 the file is empty (expected a map that starts with fleet: <name>; `flotilla init` writes one)'],
  ],
  [
    'only comments',
    '# nothing\n',
    ['1:1 the file is empty (expected a map that starts with fleet: <name>; `flotilla init` writes one)'],
  ],
  [
    'a list',
    '- a\n',
    ['1:1 the file is a list (expected a map that starts with fleet: <name>; `flotilla init` writes one)'],
  ],
  [
    'text',
    'hello\n',
    ['1:1 the file is the text "hello" (expected a map that starts with fleet: <name>; `flotilla init` writes one)'],
  ],
  [
    'all keys that stand twice, and what else is wrong',
    'fleet: a\nservices:\n  x: { source: x, source: y }\n  x: { source: z }\n  y: { source: z, port: 0 }\nfleet: b\n',
    [
      '3:19 "source" stands twice in one map, first on line 3 (remove one of them)',
      '4:3 "x" stands twice in one map, first on line 3 (remove one of them)',
      '5:25 "port" is the number 0 (expected a whole number from 1 to 65535)',
      '6:1 "fleet" stands twice in one map, first on line 1 (remove one of them)',
    ],
  ],
  ['a tab', 'fleet: a\nservices:\n\tapi: {}\n', ['3:1 a tab is used for indentation (expected spaces)']],
  [
    'a second document',
    'fleet: a\n---\nfleet: b\n',
    ['3:1 a second document starts here (one document a file, so remove the ---)'],
  ],
  [
    'a merge key',
    'fleet: a\nservices:\n  a: &a { source: x }\n  b: { <<: *a }\n',
    [
      '4:3 "b" has no "source" (expected a folder such as services/api, or a map such as { dir: services/api })',
      '4:8 merge keys (<<) are not supported (repeat the keys, or use an overlay of an environment)',
    ],
  ],
  [
    'a tag',
    'fleet: !secret a\n',
    ['1:8 the tag "!secret" is not known (plain YAML without tags; put quotes around text that starts with !)'],
  ],
  [
    'an alias to nothing',
    'fleet: *a\n',
    ['1:8 nothing is called "a" for this alias to refer to (put quotes around text that starts with *)'],
  ],
  [
    'keys that are not text',
    'fleet: a\nproviders: { local: { 8080: x, [a]: y, true: z, ~: n } }\n',
    [
      '2:23 the key "8080" is not text (expected text: put quotes around it, "8080")',
      '2:32 the key is not text (expected text)',
      '2:40 the key "true" is not text (expected text: put quotes around it, "true")',
      '2:49 the key "~" is not text (expected text: put quotes around it, "~")',
    ],
  ],
  [
    '__proto__',
    'fleet: a\nproviders: { local: { __proto__: { x: 1 } } }\n',
    ['2:23 "__proto__" cannot be a key (expected another name)'],
  ],
  ['a NUL', 'fleet: a\0\n', ['1:9 there is a NUL byte here (a config file is plain text)']],
  [
    'bytes that are not UTF-8',
    Buffer.from('fleet: a\n# caf\u00e9 \u{1f6a2} \xff\n', 'latin1'),
    ['2:6 byte 0xe9 is not UTF-8 text (save the file as UTF-8)'],
  ],
  ['UTF-16', Buffer.from('\ufefffleet: a\n', 'utf16le'), ['1:1 the file is UTF-16 (save it as UTF-8)']],
  [
    'a file that is too large',
    `fleet: a\n#${'x'.repeat(5 * 1024 * 1024)}`,
    ['1:1 the file is 5.0 MiB large (a config file may have at most 4 MiB)'],
  ],
  [
    'several syntax errors at once',
    'fleet: "a\nservices:\n  x: { source: x\n',
    ['1:8 the quotes opened here or before are never closed (add the closing quote)'],
  ],
];

describe('the schema', () => {
  test.each(SCHEMA)('%s', async (_, yaml, lines) => {
    expect(await errors(yaml)).toEqual(lines.map((line) => `flotilla.yml:${line}`));
  });
});

describe('the text', () => {
  test.each(TEXT)('%s', async (_, yaml, lines) => {
    expect(await errors(yaml)).toEqual(lines.map((line) => `flotilla.yml:${line}`));
  });

  test('a byte order mark is fine', async () => {
    expect(await errors('\ufefffleet: A\n')).toEqual([expect.stringMatching(/^flotilla.yml:1:8 /)]);
    expect(await errors(Buffer.from('\ufefffleet: A\n'))).toEqual([expect.stringMatching(/^flotilla.yml:1:8 /)]);
  });

  test('all files are told of, in order', async () => {
    const lines = await errors({
      '.flotilla/b.yml': 'x: [\n',
      '.flotilla/a.yml': 'fleet: "\n',
      'flotilla.yml': 'fleet: A\n',
    });
    expect(lines.map((line) => line.split(':')[0])).toEqual(['.flotilla/a.yml', '.flotilla/b.yml']);
  });

  test('many files that are too large together', async () => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [`.flotilla/${name}.yml`, `#${'x'.repeat(2 ** 21)}`]),
    );
    expect(await errors(files)).toEqual([
      '.flotilla/a.yml:1:1 the 3 config files have more than 4 MiB together (split the fleet)',
    ]);
  });

  test('more than a thousand problems are cut', async () => {
    const lines = await errors(`fleet: a\n${Array.from({ length: 1500 }, (_, index) => `k${index}: 1\n`).join('')}`);
    expect(lines).toHaveLength(1001);
    expect(lines.at(-1)).toBe('flotilla.yml:1002:1 there are more problems from here on (mend the first ones)');
  });

  test('more than 20,000 resources', async () => {
    const lines = await errors(
      `fleet: a\nbuckets:\n${Array.from({ length: 20_001 }, (_, index) => `  k${index}: {}\n`).join('')}`,
    );
    expect(lines).toEqual(['flotilla.yml:1:1 there are 20001 resources (expected at most 20000; split the fleet)']);
  });
});
