/** Starts every state commit's headline: Actions and nearly every CI and host know it, Cloudflare Pages only at the start. */
const PREFIX = '[skip ci]';

/** What else the hosts' own git integrations look for, so that recording state sets off nobody's builds. */
const MARKS = [
  '[skip netlify]', // Netlify
  '[vercel skip]', // Vercel projects whose "ignored build step" heeds it
  '[skip render]', // Render
  '[CF-Pages-Skip]', // Cloudflare Pages
  '[skip railway]', // Railway
  '[skip koyeb]', // Koyeb
  '[skip-cd]', // AWS Amplify
  '[ci skip]', // Travis CI, Drone and others that want this order
];

/** GitHub's own: no check suites for this commit. Must be the last trailer, two empty lines below the text. */
const LAST_TRAILER = 'skip-checks: true';

/** The message of a state commit. `trailers` are lines `Key: value`. */
export function quietMessage(
  headline: string,
  text: string,
  trailers: readonly string[] = [],
): { headline: string; body: string } {
  const body = [...(text ? [text, ''] : []), MARKS.join(' '), '', '', ...trailers, LAST_TRAILER];
  return { headline: `${PREFIX} ${headline}`, body: body.join('\n') };
}
