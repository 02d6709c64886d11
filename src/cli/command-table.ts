import type { GuardName } from '../index.ts';
import type { Run } from './session.ts';

/** One flag, for parsing, help and completion alike. */
export interface Flag {
  about: string;
  /** Name of the value in help; a flag without one is a switch. */
  value?: string;
  short?: string;
  /** May be given several times. */
  repeated?: true;
  /** What completion offers. */
  choices?: readonly string[] | 'file' | 'folder';
}

/** One command, for parsing, help and completion alike. */
export interface Command {
  /** One line, in the list of commands. */
  about: string;
  /** What a newcomer needs to know, in help. */
  details: string;
  argument?: { name: string; about: string; required: boolean; choices?: readonly string[] };
  /** What may follow the argument, as often as wanted. */
  more?: { name: string; about: string };
  flags: Record<string, Flag>;
  examples: { line: string; about: string }[];
  /** Exit codes besides 0, 1, 70 and 130, which every command has. */
  exits: (keyof typeof EXIT_WORDS)[];
  load(): Promise<{ run: Run }>;
}

export const EXIT_WORDS = {
  0: 'done, or nothing to do',
  1: 'the command line or the config is wrong, or a credential is missing',
  2: 'changes are pending (with --detailed-exitcode)',
  3: 'some steps failed, or some checks did',
  4: 'blocked by a guard, or by the policy; the output says what helps',
  5: 'another run holds the lease, or what was read has moved',
  70: 'a bug in Flotilla',
  130: 'interrupted; what was done is recorded',
} as const;

/** Every guard, with what lifting it allows; the type keeps the list whole. */
export const GUARD_WORDS: Record<GuardName, string> = {
  'delete-protected': 'delete a database, bucket or protected resource',
  'replace-protected': 'replace one, which loses its data',
  'mass-change': 'delete or replace a large part of the fleet at once',
  'empty-config': 'delete everything because the config is empty',
  foreign: 'never lifted: the resource is not ours',
  'plan-moved': 'never lifted: look at the new plan',
  quota: 'never lifted: let it take less, or say what limits the account has',
  policy: 'never lifted: the policy on the default branch says who may, and when',
};
const LIFTABLE = Object.keys(GUARD_WORDS).filter((guard) => !GUARD_WORDS[guard as GuardName].startsWith('never'));

export const GLOBAL_FLAGS: Record<string, Flag> = {
  env: { about: 'the environment; by default production, else the first in the config', value: 'NAME' },
  json: { about: 'print one JSON document on stdout and nothing else' },
  github: { about: 'work on this repository on GitHub, with the token in GITHUB_TOKEN', value: 'OWNER/NAME' },
  cwd: { about: 'work in this folder', value: 'DIR', choices: 'folder' },
  verbose: { about: 'say more; show the stack of a bug' },
  help: { about: 'what a command does, with examples', short: 'h' },
  version: { about: 'print the version' },
};

const YES: Flag = { about: 'do not ask', short: 'y' };
const REDEPLOY = 'deploy this resource again although nothing changed; secret/NAME: issue this secret anew now';
const ALLOW: Flag = {
  about: 'lift a guard by the name that a blocked plan prints, for all or for one resource (GUARD=RESOURCE)',
  value: 'GUARD',
  repeated: true,
  choices: LIFTABLE,
};

export const COMMANDS: Record<string, Command> = {
  init: {
    about: 'write flotilla.yml and a workflow for what is here',
    details:
      'Reads what describes the repository to another host (render.yaml, fly.toml, koyeb.yaml, railway.json or .toml, Procfile and app.json, wrangler.toml or .jsonc, netlify.toml, vercel.json, compose.yaml), and names every setting that it could not carry over. Where there is none it looks at package.json scripts, Dockerfiles and static folders. It writes a flotilla.yml that fits, with a GitHub workflow beside it. With --template it starts a new fleet from an example. It never overwrites a file without asking.',
    flags: {
      from: { about: 'read this file of another host, and no other', value: 'FILE', repeated: true, choices: 'file' },
      template: { about: 'start from an example instead', value: 'NAME', choices: ['starter', 'site', 'service'] },
      force: { about: 'overwrite files that exist' },
    },
    examples: [
      { line: 'flotilla init', about: 'describe what is in this repository' },
      { line: 'flotilla init --from fly.toml', about: 'what runs there now, as flotilla.yml' },
      { line: 'flotilla init --template starter', about: 'a service and a site that calls it' },
    ],
    exits: [],
    load: () => import('./commands/init.ts'),
  },
  validate: {
    about: 'check the config, every problem with its line',
    details:
      'Reads the config and checks it for every environment, or for the one named. Asks no provider and needs no credentials.',
    flags: {},
    examples: [{ line: 'flotilla validate', about: 'check flotilla.yml or .flotilla/*.yml' }],
    exits: [],
    load: () => import('./commands/validate.ts'),
  },
  plan: {
    about: 'show what apply would change, and change nothing',
    details:
      'Compares the config with what the providers say exists. Providers are only read. Blocks are shown with the exact words that lift them.',
    flags: {
      out: { about: 'save the plan, for apply --plan', value: 'FILE', choices: 'file' },
      'detailed-exitcode': { about: 'exit 2 when there are changes' },
      allow: ALLOW,
      redeploy: { about: REDEPLOY, value: 'RESOURCE', repeated: true },
    },
    examples: [
      { line: 'flotilla plan', about: 'what would change' },
      { line: 'flotilla plan --out plan.json', about: 'save it, to apply exactly this later' },
      { line: 'flotilla plan --detailed-exitcode', about: 'for scripts: 0 no changes, 2 changes' },
    ],
    exits: [2, 4, 5],
    load: () => import('./commands/plan.ts'),
  },
  apply: {
    about: 'make it so',
    details:
      'Plans, shows the plan, asks, and carries it out: what depends on each other in turn, everything else at once. A step that fails stops only what depends on it. Ctrl-C stops after the calls in flight and records what was done; apply again to go on. Two applies of one environment wait for each other.',
    flags: {
      plan: { about: 'apply this saved plan, and only if it is still the plan', value: 'FILE', choices: 'file' },
      yes: YES,
      allow: ALLOW,
      redeploy: { about: REDEPLOY, value: 'RESOURCE', repeated: true },
    },
    examples: [
      { line: 'flotilla apply', about: 'show the plan, ask, carry it out' },
      { line: 'flotilla apply --yes --env staging', about: 'without asking, as scripts do' },
      { line: 'flotilla apply --plan plan.json', about: 'exactly what was reviewed' },
      { line: 'flotilla apply --allow delete-protected=database/main', about: 'let a database go' },
    ],
    exits: [3, 4, 5],
    load: () => import('./commands/apply.ts'),
  },
  status: {
    about: 'what runs where, as recorded',
    details:
      'Shows every resource of the environment with its provider, phase and address, from the record on the state branch.',
    flags: {
      html: {
        about: 'write the status page and all that belongs to it into this folder',
        value: 'DIR',
        choices: 'folder',
      },
      visitors: { about: 'with --html: only what strangers may read, without what runs where' },
    },
    examples: [
      { line: 'flotilla status --json', about: 'for scripts: addresses and phases' },
      { line: 'flotilla status --html public', about: 'pages for people, a feed, JSON and badges' },
    ],
    exits: [5],
    load: () => import('./commands/status.ts'),
  },
  health: {
    about: 'ask everything whether it is well',
    details:
      'Probes every resource, compares what the providers hold with what was applied, and records what changed. What is down is an incident. With --heal it carries out what the config says about failover and drift. In GitHub Actions the scheduled run does the same, and tells people by issues and checks.',
    flags: {
      heal: { about: 'do what failover and drift say: restart, deploy again, move, repair' },
      watch: { about: 'go on, with so many seconds between two rounds', value: 'SECONDS' },
    },
    examples: [
      { line: 'flotilla health', about: 'one round' },
      { line: 'flotilla health --watch 60 --heal', about: 'look after the fleet from this machine' },
    ],
    exits: [3],
    load: () => import('./commands/health.ts'),
  },
  beat: {
    about: 'say that a job ran',
    details:
      'Records that the job has run now. A job with health: { heartbeat: 25h } that stays out for longer is an incident.',
    argument: { name: 'RESOURCE', about: 'such as job/nightly', required: true },
    flags: {},
    examples: [{ line: 'flotilla beat job/nightly', about: 'at the end of the job' }],
    exits: [5],
    load: () => import('./commands/beat.ts'),
  },
  return: {
    about: 'let a resource go back to where a failover took it from',
    details:
      'A failover with back: manual keeps a resource away from the provider that failed until somebody says otherwise. This says so: the next apply, or health run that heals, moves it back.',
    argument: { name: 'RESOURCE', about: 'such as service/api', required: true },
    flags: {},
    examples: [{ line: 'flotilla return service/api', about: 'when its provider is well again' }],
    exits: [4, 5],
    load: () => import('./commands/return.ts'),
  },
  logs: {
    about: 'the newest log lines of a resource',
    details: 'Asks the provider for what the resource printed. The lines go to stdout, oldest first.',
    argument: { name: 'RESOURCE', about: 'such as service/api', required: true },
    flags: { lines: { about: 'how many (default 100)', value: 'N' } },
    examples: [{ line: 'flotilla logs service/api --lines 500', about: 'the last 500 lines' }],
    exits: [3],
    load: () => import('./commands/logs.ts'),
  },
  history: {
    about: 'who changed what and when, from the journal',
    details:
      'Reads the journal on the state branch, newest first. With --verify it checks the whole branch instead: that no commit lost, changed or moved an event, that the journal tells of the same instances and outcomes as the snapshot beside it, and, with --github, that GitHub signed every commit for those who may write there. What differs is named by commit, file and line.',
    flags: {
      limit: { about: 'how many events (default 30)', value: 'N' },
      verify: { about: 'check that nobody tampered with the state branch' },
      actor: {
        about: 'with --verify: an account that may write to it (default: github-actions[bot])',
        value: 'LOGIN',
        repeated: true,
      },
      since: {
        about: 'with --verify: a commit that was its newest once, to see whether it was replaced',
        value: 'COMMIT',
      },
    },
    examples: [
      { line: 'flotilla history --limit 100 --env production', about: 'the last 100 events' },
      { line: 'flotilla history --verify --github acme/fleet', about: 'check the record, signatures too' },
    ],
    exits: [3, 5],
    load: () => import('./commands/history.ts'),
  },
  approve: {
    about: 'approve a plan that needs approvals',
    details:
      'Where the policy asks for approvals, an apply is blocked until enough people have approved its plan, and says the hash to approve. An approval counts for that plan alone, until it is applied; a plan that changes has another hash. Who approves is whose token it is, so it needs --github; the comment /flotilla approve HASH does the same.',
    argument: { name: 'HASH', about: 'the whole hash of the plan', required: true },
    flags: {},
    examples: [{ line: 'flotilla approve 3f9a… --github acme/fleet', about: 'then apply again' }],
    exits: [4, 5],
    load: () => import('./commands/approve.ts'),
  },
  rollback: {
    about: 'bring back an earlier deployment of a resource',
    details:
      'Puts the deployment before the present one back, or the one named. The next apply of the same config does not undo it: that version is held back until the config changes.',
    argument: { name: 'RESOURCE', about: 'such as service/api', required: true },
    flags: {
      to: { about: 'the deployment, as history and status --json name it', value: 'ID' },
      yes: YES,
      allow: ALLOW,
    },
    examples: [{ line: 'flotilla rollback service/api', about: 'back to the deployment before' }],
    exits: [3, 4, 5],
    load: () => import('./commands/rollback.ts'),
  },
  destroy: {
    about: 'remove everything of one environment',
    details:
      'Removes every resource that the environment has at any provider. Databases, buckets and protected resources go only when their guard is lifted.',
    flags: { yes: YES, allow: ALLOW },
    examples: [{ line: 'flotilla destroy --env staging', about: 'show what goes, ask, remove it' }],
    exits: [3, 4, 5],
    load: () => import('./commands/destroy.ts'),
  },
  unlock: {
    about: 'take the lease from a run that hangs',
    details:
      'The lease of a run that died is taken over without help. This is for a run that lives and will not end; it can then write no more.',
    flags: { yes: YES },
    examples: [{ line: 'flotilla unlock --env production', about: 'end the lease' }],
    exits: [4, 5],
    load: () => import('./commands/unlock.ts'),
  },
  secret: {
    about: 'seal secrets in the repository, and look after them',
    details:
      'Secrets stand sealed in flotilla.secrets.yml, and those of one environment (--env) in flotilla.secrets.NAME.yml, which come first. Commit both: whoever reads them learns names and ages, and no value. They are opened by an identity: FLOTILLA_IDENTITY, the file that FLOTILLA_IDENTITY_FILE names, FLOTILLA_PASSPHRASE, or else the file that init wrote under ~/.config/flotilla. A variable of a secret’s own name comes before the sealed value. A value is read from a pipe, without its last line end, or asked for on the terminal; never from the command line, which others can see.\n\ninit makes an identity and an empty file; identity prints who you are for others to seal to, and makes an identity where there is none; set, remove and get are about one secret, edit about all of a file; list tells names, versions and ages without any key; check opens everything and looks for what is missing or overdue; recipients says who can open the files, adds one and removes one; rotate seals everything anew under a new key.',
    argument: {
      name: 'ACTION',
      about: 'init, identity, set, get, remove, list, edit, check, recipients or rotate',
      required: true,
      choices: ['init', 'identity', 'set', 'get', 'remove', 'list', 'edit', 'check', 'recipients', 'rotate'],
    },
    more: { name: 'WORD', about: 'the NAME of a secret; for recipients: add or rm, and a RECIPIENT' },
    flags: {
      rotate: { about: 'set: how old the value may become, such as 30d; never to take that back', value: 'TIME' },
      recipient: { about: 'init: seal to this recipient, and make no identity', value: 'RECIPIENT', repeated: true },
      x25519: {
        about: 'init, identity: recipients that the age and sops programs know; not safe from quantum computers',
      },
      passphrase: { about: 'init: an identity that a passphrase opens, kept in the file itself' },
    },
    examples: [
      { line: 'flotilla secret init', about: 'an identity in your home, and flotilla.secrets.yml sealed to it' },
      { line: 'gh secret set FLOTILLA_IDENTITY < ~/.config/flotilla/identity', about: 'let runs open it' },
      { line: 'flotilla secret set STRIPE_KEY --rotate 90d', about: 'asks for the value' },
      { line: 'flotilla secret set TLS_KEY --env staging < key.pem', about: 'another value in staging' },
      {
        line: 'flotilla secret recipients add "$(cat ada)"',
        about: 'what `flotilla secret identity` printed at a colleague’s',
      },
      { line: 'flotilla secret check', about: 'in a pipeline: exit 3 when something is missing or overdue' },
    ],
    exits: [3],
    load: () => import('./commands/secret.ts'),
  },
  certificate: {
    about: 'certificates for Docker engines that are reached over TCP',
    details:
      'A small authority of the fleet, whose certificates the two sides of tcp:// show each other. Its key and the client’s are sealed in flotilla.secrets.yml, so runs use them without more; flotilla.certificates.pem has all certificates, in the open. Commit both. The key of a node is written into a folder of its own, for that machine, and kept nowhere else; no key is ever printed.\n\nissue makes a certificate for a node, and with the first one the authority (10 years) and the client’s certificate (90 days); a node’s lasts a year. list tells how long each lasts, without any key, and health opens an incident 14 days before one ends. rotate issues the client’s anew, which nodes need not know; rotate NODE that of a node; rotate authority everything, so that nodes can follow one after the other, and --finish ends that. revoke is for a key that others may know: since engines look into no list of what was revoked, it replaces the authority at once, and every node refuses the fleet until it has its new files.',
    argument: {
      name: 'ACTION',
      about: 'issue, rotate, revoke or list',
      required: true,
      choices: ['issue', 'rotate', 'revoke', 'list'],
    },
    more: { name: 'NAME', about: 'a node, as you call it; for rotate and revoke also client or authority' },
    flags: {
      host: { about: 'issue, rotate NODE: a name or address under which it is reached', value: 'HOST', repeated: true },
      out: {
        about: 'where nodes get their folders (default: certificates/ beside your identity)',
        value: 'DIR',
        choices: 'folder',
      },
      finish: { about: 'rotate authority: all nodes have their new files, believe the one before no more' },
      yes: YES,
    },
    examples: [
      { line: 'flotilla certificate issue box --host box.example', about: 'for engine: tcp://box.example:2376' },
      { line: 'flotilla certificate list', about: 'in a pipeline: exit 3 when one ends within 14 days' },
      { line: 'flotilla certificate rotate', about: 'a new key for the client; commit, and that is all' },
      { line: 'flotilla certificate revoke client', about: 'somebody saw its key' },
    ],
    exits: [3, 4, 5],
    load: () => import('./commands/certificate.ts'),
  },
  doctor: {
    about: 'check this machine, repository and credentials',
    details:
      'Checks Node, git, the repository, the config, the state branch and whether each provider has its credentials. Values of credentials are never shown.',
    flags: {},
    examples: [{ line: 'flotilla doctor', about: 'what is missing, and how to mend it' }],
    exits: [3],
    load: () => import('./commands/doctor.ts'),
  },
  providers: {
    about: 'every provider: what it holds, what it needs, its free tier',
    details:
      'Lists every provider of this release with the kinds of resources that it holds, or why it does not; the variables of its credentials and whether they are set, never their values; its options; and the limits of its free tier, with where and when that was read.',
    argument: { name: 'PROVIDER', about: 'only this one', required: false },
    flags: {},
    examples: [
      { line: 'flotilla providers', about: 'where a fleet may run' },
      { line: 'flotilla providers fly', about: 'all about one of them' },
      { line: 'flotilla providers --json', about: 'for scripts' },
    ],
    exits: [],
    load: () => import('./commands/providers.ts'),
  },
  import: {
    about: 'adopt what runs at a provider already',
    details:
      'Without an ID it lists what an account holds and whose it is. With IDs it writes each into flotilla.yml, keeping what stands there as it is, marks it at the provider as this fleet’s, and records it: the next plan has nothing to do with it, or this says what it will do and why. Nothing is renamed, and nothing deployed where the provider can be told without; what it does besides is said before you agree. Values of variables that look like secrets are written as ${secret.NAME} and shown nowhere; settings that flotilla.yml cannot take are listed. It changes a file of the repository, so it is a command of this machine and not of the Action; with --github the record is the one on GitHub. Commit and push flotilla.yml afterwards; until it is applied, the resource is protected from deletion.',
    argument: { name: 'ACCOUNT', about: 'an account under providers:, or a provider such as render', required: true },
    more: {
      name: 'ID',
      about: 'what to adopt, by id or name; ID=service/api says under which address',
    },
    flags: { yes: YES },
    examples: [
      { line: 'flotilla import render', about: 'what runs there, and whose it is' },
      { line: 'flotilla import render srv-abc=service/api', about: 'make it this fleet’s' },
    ],
    exits: [3, 5],
    load: () => import('./commands/import.ts'),
  },
  sandbox: {
    about: 'a GitHub on this machine, to try everything without an account',
    details:
      'Starts a GitHub in this process, with a web page, and a runner that carries workflows out on this machine. Push your repository to it, or watch the quickstart: a pull request, a deployment, a change, a failure that is rolled back, a deletion that is stopped. Nothing leaves the machine, and Ctrl-C removes all of it.',
    flags: {
      quickstart: { about: 'play the story of the starter fleet' },
      once: { about: 'with --quickstart: end after the story' },
      port: { about: 'listen on this port instead of a free one', value: 'N' },
    },
    examples: [
      { line: 'flotilla sandbox --quickstart', about: 'see the whole job done' },
      { line: 'flotilla sandbox', about: 'an empty repository to push your own to' },
    ],
    exits: [],
    load: () => import('./commands/sandbox.ts'),
  },
  completion: {
    about: 'print a completion script for a shell',
    details: 'Prints a script for the shell to read. Put it where the shell looks, or evaluate it at start.',
    argument: { name: 'SHELL', about: 'bash, zsh or fish', required: true, choices: ['bash', 'zsh', 'fish'] },
    flags: {},
    examples: [
      { line: 'source <(flotilla completion bash)', about: 'in ~/.bashrc' },
      { line: 'flotilla completion zsh > "${fpath[1]}/_flotilla"', about: 'for zsh' },
      { line: 'flotilla completion fish > ~/.config/fish/completions/flotilla.fish', about: 'for fish' },
    ],
    exits: [],
    load: () => import('./commands/completion.ts'),
  },
  help: {
    about: 'what a command does, with examples',
    details: 'The same as --help after the command.',
    argument: { name: 'COMMAND', about: 'the command', required: false },
    flags: {},
    examples: [{ line: 'flotilla help apply', about: 'all about apply' }],
    exits: [],
    load: () => import('./commands/help.ts'),
  },
};
