import { expect, test } from 'vitest';
import { type ContractWorld, repository } from './world.ts';

/** An incident's issue with its comments and labels. */
export const issuesContract = (world: () => ContractWorld): void => {
  test('an incident issue, its comments and labels', async () => {
    const { person, installation } = world();
    const issues = '/repos/{owner}/{repo}/issues';
    const labels = '/repos/{owner}/{repo}/labels';
    await person.request(`POST ${labels}`, { ...repository, name: 'incident', color: 'b60205', description: 'Down' });
    await person.request(`PATCH ${labels}/{name}`, { ...repository, name: 'incident', new_name: 'flotilla: incident' });
    const label = { ...repository, name: 'flotilla: incident' };
    expect((await person.request(`GET ${labels}/{name}`, label)).data.color).toBe('b60205');
    expect((await person.request(`GET ${labels}`, repository)).data.map(({ name }) => name)).toContain(label.name);
    const { data: issue } = await installation.request(`POST ${issues}`, {
      ...repository,
      title: 'service/api is down',
      body: 'Since now.',
      labels: [label.name],
    });
    const one = { ...repository, issue_number: issue.number };
    expect((await person.request(`GET ${issues}/{issue_number}`, one)).data.user).toMatchObject({ type: 'Bot' });
    expect((await person.request(`GET ${issues}`, { ...repository, labels: label.name })).data).toHaveLength(1);
    const { data: comment } = await installation.request(`POST ${issues}/{issue_number}/comments`, {
      ...one,
      body: 'Still.',
    });
    const its = { ...repository, comment_id: comment.id };
    await installation.request(`PATCH ${issues}/comments/{comment_id}`, { ...its, body: 'Back.' });
    expect((await person.request(`GET ${issues}/comments/{comment_id}`, its)).data.body).toBe('Back.');
    expect((await person.request(`GET ${issues}/{issue_number}/comments`, one)).data).toHaveLength(1);
    expect((await person.request(`GET ${issues}/comments`, repository)).data).toHaveLength(1);
    await installation.request(`POST ${issues}/comments/{comment_id}/reactions`, { ...its, content: 'eyes' });
    await installation.request(`DELETE ${issues}/comments/{comment_id}`, its);
    await person.request(`POST ${issues}/{issue_number}/labels`, { ...one, labels: ['high'] });
    await person.request(`DELETE ${issues}/{issue_number}/labels/{name}`, { ...one, name: 'high' });
    await person.request(`PUT ${issues}/{issue_number}/labels`, { ...one, labels: ['low', label.name] });
    expect((await person.request(`GET ${issues}/{issue_number}/labels`, one)).data).toHaveLength(2);
    await person.request(`PUT ${issues}/{issue_number}/lock`, { ...one, lock_reason: 'resolved' });
    await person.request(`DELETE ${issues}/{issue_number}/lock`, one);
    const { data: closed } = await installation.request(`PATCH ${issues}/{issue_number}`, {
      ...one,
      state: 'closed',
      state_reason: 'completed',
    });
    expect(closed).toMatchObject({ state: 'closed', closed_by: { type: 'Bot' } });
    await person.request(`DELETE ${labels}/{name}`, label);
  });
};
