import type { Found, FoundService, FoundSite } from './found.ts';

/** The first line of a config: editors read the schema from there. The templates have the same. */
export const SCHEMA_LINE =
  '# yaml-language-server: $schema=https://raw.githubusercontent.com/flotilla-dev/flotilla/v0/schemas/config.schema.json\n';

/** `flotilla.yml` for what was found. */
export function configText(fleet: string, found: Found[]): string {
  const services = found.filter((one) => one.kind === 'service');
  const sites = found.filter((one) => one.kind === 'site');
  return [
    `${SCHEMA_LINE}fleet: ${scalar(fleet)}\n`,
    ...(services.length > 0 ? [`services:\n${services.map(serviceText).join('\n')}`] : []),
    ...(sites.length > 0 ? [`sites:\n${sites.map(siteText).join('\n')}`] : []),
  ].join('\n');
}

function serviceText({ name, dir, because, build, command, dockerfile, port }: FoundService): string {
  return lines([
    `  ${name}: # ${because}`,
    '    source:',
    `      dir: ${scalar(dir)}`,
    dockerfile && `      dockerfile: ${scalar(dockerfile)}`,
    build && `      build: ${scalar(build)}`,
    command && `      command: [${command.map(scalar).join(', ')}]`,
    port && `    port: ${port}`,
    '    # health: { path: /healthz } # a path that answers 2xx when all is well',
  ]);
}

function siteText({ name, dir, because, build, output }: FoundSite): string {
  return lines([
    `  ${name}: # ${because}`,
    `    dir: ${scalar(dir)}`,
    build && `    build: ${scalar(build)}`,
    output && `    output: ${scalar(output)}`,
  ]);
}

/** A plain scalar where YAML reads the text as itself, else a quoted one. */
export function scalar(text: string): string {
  return /^[A-Za-z_./][\w./ &-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|~)$|\s$/i.test(text)
    ? text
    : JSON.stringify(text);
}

function lines(all: (string | number | undefined)[]): string {
  return `${all.filter(Boolean).join('\n')}\n`;
}
