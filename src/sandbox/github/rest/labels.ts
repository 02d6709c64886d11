import { notFound, validationFailed } from '../errors.ts';
import { createLabel } from '../operations/issues.ts';
import { renderLabel } from '../render/issue.ts';
import type { Call, Reply } from '../router.ts';
import { json, noContent, route } from '../router.ts';
import type { Label } from '../state.ts';
import { optionalText, requiredText } from './body.ts';
import { paged } from './pagination.ts';

const labelNamed = (call: Call): Label => {
  const label = call.repository.labels.get(call.param('name').toLowerCase());
  if (!label) throw notFound();
  return label;
};

const makeLabel = (call: Call): Reply => {
  const label = createLabel(call.world, call.repository, {
    name: requiredText(call.body, 'name'),
    color: optionalText(call.body, 'color'),
    description: optionalText(call.body, 'description'),
  });
  const rendered = renderLabel(call.world, call.repository, label);
  return json(201, rendered, { location: rendered.url });
};

const updateLabel = (call: Call): Reply => {
  const label = labelNamed(call);
  const name = optionalText(call.body, 'new_name') ?? label.name;
  if (name.toLowerCase() !== label.name.toLowerCase() && call.repository.labels.has(name.toLowerCase()))
    throw validationFailed({ resource: 'Label', field: 'name', code: 'already_exists' });
  call.repository.labels.delete(label.name.toLowerCase());
  label.name = name;
  label.color = optionalText(call.body, 'color') ?? label.color;
  label.description = optionalText(call.body, 'description') ?? label.description;
  call.repository.labels.set(name.toLowerCase(), label);
  return json(200, renderLabel(call.world, call.repository, label));
};

const removeRepositoryLabel = (call: Call): Reply => {
  const label = labelNamed(call);
  call.repository.labels.delete(label.name.toLowerCase());
  for (const issue of call.repository.issues.values()) issue.labels = issue.labels.filter((one) => one !== label);
  return noContent();
};

const read = { permission: 'issues', level: 'read' } as const;
const write = { permission: 'issues', level: 'write', user: 'write' } as const;
const base = '/repos/{owner}/{repo}';

/** A repository's own labels. */
export const labelRoutes = [
  route(`GET ${base}/labels`, read, (call) =>
    paged(call, [...call.repository.labels.values()], (label) => renderLabel(call.world, call.repository, label)),
  ),
  route(`POST ${base}/labels`, write, makeLabel),
  route(`GET ${base}/labels/{name}`, read, (call) =>
    json(200, renderLabel(call.world, call.repository, labelNamed(call))),
  ),
  route(`PATCH ${base}/labels/{name}`, write, updateLabel),
  route(`DELETE ${base}/labels/{name}`, write, removeRepositoryLabel),
];
