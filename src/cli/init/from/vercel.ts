import type { Json } from '../../../index.ts';
import { body, type Convert } from './converted.ts';
import { parse } from './parse.ts';
import { fallbackOf, hasConditions, headersFor, redirect } from './site-rules.ts';
import { literal, literals, pathIn } from './values.ts';

const FUNCTIONS = 'functions are of Vercel’s own form: make them a service';

/** `vercel.json`: one site. */
export const fromVercel: Convert = (source) => {
  const root = parse('json', source);
  root.ignore('$schema', 'version');
  const { dir, found } = source;
  const site = found?.kind === 'site' ? found : undefined;
  const install = root.text('installCommand');
  const own = root.text('buildCommand');
  const commands = [install, own].filter((line) => line !== undefined && line !== '');
  const build = commands.length > 0 ? literal(commands.join(' && ')) : site?.build;
  const output = root.text('outputDirectory');
  for (const key of ['functions', 'crons', 'builds', 'regions']) root.drop(key, FUNCTIONS);
  root.drop('framework', 'what it is built with is said by build: and output:');
  root.drop('routes', 'routes of the old form are not read: write redirects:, headers: and fallback:');
  root.drop('git', 'a push to the environment’s branch applies, see environments:');
  root.drop('github', 'a push to the environment’s branch applies, see environments:');
  root.drop('ignoreCommand', 'a resource is deployed when its folder changes');
  for (const key of ['cleanUrls', 'trailingSlash']) root.drop(key, 'addresses are served as the files are called');

  const redirects = root.maps('redirects').flatMap((rule) => {
    const status = rule.number('statusCode') ?? (rule.flag('permanent') === true ? 308 : 307);
    return redirect(rule, { from: 'source', to: 'destination' }, status);
  });
  let fallback: string | undefined;
  for (const rule of root.maps('rewrites')) {
    const [from, to] = [rule.text('source') ?? '', rule.text('destination') ?? ''];
    const file = to === '/' ? 'index.html' : fallbackOf(from, to);
    if (file !== undefined && fallbackOf(from, `/${file}`) && !hasConditions(rule)) fallback = file;
    else rule.refuse('a rewrite is known for every path to one file only, as fallback:');
  }
  const headers: Json[] = root.maps('headers').flatMap((rule) => {
    const pairs = rule
      .maps('headers')
      .map((header): [string, string] => [header.text('key') ?? '', header.text('value') ?? '']);
    return headersFor(rule, 'source', Object.fromEntries(pairs));
  });
  const env = literals({ ...root.variables('env'), ...root.map('build').variables('env') });
  const domains = root.texts('alias');
  return {
    resources: [
      {
        kind: 'site',
        name: source.name,
        from: '',
        body: body({
          dir: site && output === undefined && own === undefined ? site.dir : dir,
          build,
          output: output === undefined ? site?.output : pathIn('.', output),
          env,
          redirects,
          headers,
          domains,
          fallback,
        }),
      },
    ],
    providers: { vercel: {} },
    leftovers: root.leftovers(source.file),
  };
};
