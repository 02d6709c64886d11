import type { Json } from '../../../index.ts';
import { body, type Convert } from './converted.ts';
import { parse } from './parse.ts';
import { fallbackOf, hasConditions, headersFor, redirect } from './site-rules.ts';
import { literal, literals, pathFrom, pathIn } from './values.ts';

const FUNCTIONS = 'functions are of Netlify’s own form: make them a service';

/** `netlify.toml`: one site. */
export const fromNetlify: Convert = (source) => {
  const root = parse('toml', source);
  const build = root.map('build');
  const { found } = source;
  const site = found?.kind === 'site' ? found : undefined;
  const dir = pathIn(source.dir, build.text('base') ?? '.');
  const command = build.text('command');
  const publish = build.text('publish');
  // The folder is written from the root of the repository where there is a base.
  const output =
    publish === undefined
      ? undefined
      : build.has('base') && publish.startsWith(`${build.text('base')}/`)
        ? pathFrom(dir, pathIn(source.dir, publish))
        : pathIn('.', publish);
  for (const key of ['functions', 'edge_functions']) {
    build.drop(key, FUNCTIONS);
    root.drop(key, FUNCTIONS);
  }
  build.drop('edge_functions', FUNCTIONS);
  build.drop('ignore', 'a resource is deployed when its folder changes');
  build.drop('processing', 'files are served as they were built');
  root.drop('plugins', 'plugins of Netlify’s own builds are not run');
  root.drop('context', 'what differs in an environment stands under environments:');
  root.drop('dev', 'that is for development on one’s own machine');
  root.drop('template', 'that is for Netlify’s button');
  const env = literals(build.variables('environment'));

  let fallback: string | undefined;
  const redirects = root.maps('redirects').flatMap((rule): Json[] => {
    const status = rule.number('status') ?? 301;
    const [from, to] = [rule.text('from') ?? '', rule.text('to') ?? ''];
    if (status !== 200) return redirect(rule, { from: 'from', to: 'to' }, status);
    const file = fallbackOf(from, to);
    if (file === undefined || hasConditions(rule))
      rule.refuse('a rewrite is known for every path to one file only, as fallback:');
    else fallback = file;
    return [];
  });
  const headers = root.maps('headers').flatMap((rule) => headersFor(rule, 'for', rule.variables('values')));
  return {
    resources: [
      {
        kind: 'site',
        name: source.name,
        from: 'build',
        body: body({
          dir,
          build: command === undefined ? site?.build : literal(command),
          output: output ?? site?.output,
          env,
          redirects,
          headers,
          fallback,
        }),
      },
    ],
    providers: { netlify: {} },
    leftovers: root.leftovers(source.file),
  };
};
