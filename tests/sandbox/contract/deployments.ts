import { expect, test } from 'vitest';
import { type ContractWorld, repository } from './world.ts';

/** Commit statuses, deployments and environments. */
export const deploymentsContract = (world: () => ContractWorld): void => {
  test('commit statuses, deployments and environments', async () => {
    const { person, head } = world();
    const sha = await head();
    await person.request('POST /repos/{owner}/{repo}/statuses/{sha}', {
      ...repository,
      sha,
      state: 'success',
      context: 'flotilla',
      description: 'Nothing to do',
      target_url: 'https://flotilla.test',
    });
    const { data: combined } = await person.request('GET /repos/{owner}/{repo}/commits/{ref}/status', {
      ...repository,
      ref: sha,
    });
    expect(combined).toMatchObject({ state: 'success', total_count: 1 });
    await person.request('GET /repos/{owner}/{repo}/commits/{ref}/statuses', { ...repository, ref: sha });

    const deployments = '/repos/{owner}/{repo}/deployments';
    const { data: deployment } = await person.request(`POST ${deployments}`, {
      ...repository,
      ref: sha,
      environment: 'production',
      auto_merge: false,
      required_contexts: [],
      payload: { plan: 'h' },
      description: 'Apply',
      production_environment: true,
    });
    if (!('id' in deployment)) throw new Error('no deployment was created');
    const one = { ...repository, deployment_id: Number(deployment.id) };
    const { data: state } = await person.request(`POST ${deployments}/{deployment_id}/statuses`, {
      ...one,
      state: 'success',
      environment_url: 'https://acme.test',
      log_url: 'https://flotilla.test/log',
      description: 'Done',
    });
    expect(
      (await person.request(`GET ${deployments}`, { ...repository, environment: 'production' })).data,
    ).toHaveLength(1);
    expect((await person.request(`GET ${deployments}/{deployment_id}`, one)).data.sha).toBe(sha);
    expect((await person.request(`GET ${deployments}/{deployment_id}/statuses`, one)).data).toMatchObject([
      { state: 'success', environment_url: 'https://acme.test' },
    ]);
    await person.request(`GET ${deployments}/{deployment_id}/statuses/{status_id}`, {
      ...one,
      status_id: Number(state.id),
    });
    const environments = '/repos/{owner}/{repo}/environments';
    const { data: all } = await person.request(`GET ${environments}`, repository);
    expect(all.environments!.map(({ name }) => name)).toEqual(['production']);
    const production = { ...repository, environment_name: 'production' };
    await person.request(`PUT ${environments}/{environment_name}`, production);
    expect((await person.request(`GET ${environments}/{environment_name}`, production)).data.name).toBe('production');
    await person.request(`POST ${deployments}/{deployment_id}/statuses`, { ...one, state: 'inactive' });
    await person.request(`DELETE ${deployments}/{deployment_id}`, one);
    await person.request(`DELETE ${environments}/{environment_name}`, production);
  });
};
