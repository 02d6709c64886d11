import type { Gap } from './compare.ts';

/** Where emulate 0.12.2 is not GitHub, by GitHub's documentation and description. */
export const gaps: Gap[] = [
  // Errors.
  { where: /: body\.status: only the sandbox/, because: "GitHub's errors repeat their status" },
  { where: /^a token that nobody gave: /, because: 'emulate takes a wrong token for none; GitHub answers 401' },
  { where: /^what the token may not: body\.message: /, because: 'GitHub says what is not accessible to whom' },
  { where: /^commit of nothing: body\.message: /, because: 'GitHub says "Tree SHA does not exist"' },
  { where: /^ref moved back: body\.message: /, because: 'GitHub writes "fast forward"' },
  { where: /^label that exists: body\.(message|errors): /, because: 'GitHub says "Validation Failed" and which field' },

  // Apps.
  { where: /^the App: body\.owner: /, because: "emulate's Apps have no owner" },
  { where: /^the App: body\.description: /, because: 'either is right for an App without a description' },
  { where: /^installation.*: body\..*account\.\w+: only the sandbox/, because: 'emulate shows a part of the account' },
  { where: /^token: body\.permissions\.metadata: only the sandbox/, because: 'every token may read metadata' },
  { where: /^token: body\.repositories: only emulate/, because: 'GitHub lists those asked for, and none were' },

  // Repositories.
  { where: /repository.*\.(has_projects|has_wiki): /, because: 'the sandbox has no projects and wikis to show' },
  { where: /repository.*\.permissions: only emulate/, because: 'these are for people; an App has its own' },
  { where: /^repository: body\.\w+: only the sandbox/, because: 'emulate leaves out some of a whole repository' },

  // Git.
  { where: /^blob: body\.size: only emulate/, because: "GitHub's new blobs are an id and an address" },
  { where: /: body\.content: ".*\\n" in the sandbox/, because: "GitHub's Base64 ends each line, the last too" },
  {
    where: /\.message: ".*" in the sandbox, ".*\\n" in emulate/,
    because: "GitHub leaves out a message's last newline",
  },
  { where: /^branch: body\..*: only the sandbox/, because: "emulate's branch has its commit's id only" },
  { where: /\.patch: "@@ -0,0 \+1 @@.*" in the sandbox/, because: 'git leaves out a count of one' },

  // Webhooks.
  { where: /^webhook push (created|deleted): : only the sandbox/, because: 'emulate is silent when refs come and go' },
  { where: /^webhook push moved: payload\.\w+: only the sandbox/, because: "emulate's pushes have no commits" },
  { where: /^webhook issues labeled: : only the sandbox/, because: 'GitHub sends one for each label of a new issue' },
  { where: /^webhook .*repository\.\w+: only the sandbox/, because: 'emulate leaves out some of a repository' },
  {
    where: /^webhook .*repository\.(allow_\w+|delete_\w+): only emulate/,
    because: 'GitHub shows these to who asks only',
  },
  { where: /^webhook .*\.(open_issues|open_issues_count|comments): /, because: 'emulate counts before the change' },
  { where: /^webhook issue_comment edited: payload\.changes: only the/, because: 'emulate does not say what changed' },
];
