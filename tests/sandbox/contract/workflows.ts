import { expect, test } from 'vitest';
import { type ContractWorld, repository, runner } from './world.ts';

/** Workflows dispatched, listed, cancelled and run again. */
export const workflowsContract = (world: () => ContractWorld): void => {
  test('workflows: dispatched, listed, cancelled, run again', async () => {
    const { github, person, installation } = world();
    const actions = '/repos/{owner}/{repo}/actions';
    await github.settled();
    runner.hold = true;
    const { data: workflows } = await person.request(`GET ${actions}/workflows`, repository);
    expect(workflows.workflows).toMatchObject([{ name: 'deploy', path: '.github/workflows/deploy.yml' }]);
    const deploy = { ...repository, workflow_id: 'deploy.yml' };
    expect((await person.request(`GET ${actions}/workflows/{workflow_id}`, deploy)).data.state).toBe('active');
    await person.request(`POST ${actions}/workflows/{workflow_id}/dispatches`, {
      ...deploy,
      ref: 'main',
      inputs: { environment: 'staging' },
    });
    const { data: runs } = await person.request(`GET ${actions}/runs`, { ...repository, event: 'workflow_dispatch' });
    const [run] = runs.workflow_runs;
    if (!run) throw new Error('the dispatch started no run');
    const one = { ...repository, run_id: Number(run.id) };
    await person.request(`POST ${actions}/runs/{run_id}/cancel`, one);
    await github.settled();
    expect((await person.request(`GET ${actions}/runs/{run_id}`, one)).data).toMatchObject({
      status: 'completed',
      conclusion: 'cancelled',
    });
    runner.hold = false;
    runner.conclusion = 'failure';
    await person.request(`POST ${actions}/runs/{run_id}/rerun`, one);
    await github.settled();
    runner.conclusion = 'success';
    await person.request(`POST ${actions}/runs/{run_id}/rerun-failed-jobs`, one);
    await github.settled();
    const { data: again } = await person.request(`GET ${actions}/runs/{run_id}`, one);
    expect(again).toMatchObject({ conclusion: 'success', run_attempt: 3 });
    await installation.request(`POST ${actions}/runs/{run_id}/deployment_protection_rule`, {
      ...one,
      environment_name: 'production',
      state: 'rejected',
      comment: 'frozen',
    });
    expect(github.state.repositories.get('acme/fleet')?.runs.get(one.run_id)?.gates).toMatchObject([
      { environment: 'production', state: 'rejected', comment: 'frozen' },
    ]);
    const { data: jobs } = await person.request(`GET ${actions}/runs/{run_id}/jobs`, one);
    expect(jobs.jobs).toMatchObject([{ name: 'deploy', conclusion: 'success', steps: [{ name: 'Apply' }] }]);
    await person.request(`GET ${actions}/jobs/{job_id}`, { ...repository, job_id: Number(jobs.jobs[0]!.id) });
    const log = await person.request(`GET ${actions}/jobs/{job_id}/logs`, {
      ...repository,
      job_id: Number(jobs.jobs[0]!.id),
      request: { redirect: 'manual' },
    });
    expect(log.headers.location).toMatch(/^http/);

    runner.hold = true;
    await person.request('POST /repos/{owner}/{repo}/dispatches', {
      ...repository,
      event_type: 'deploy',
      client_payload: { why: 'told to' },
    });
    const { data: told } = await person.request(`GET ${actions}/workflows/{workflow_id}/runs`, {
      ...deploy,
      event: 'repository_dispatch',
    });
    await person.request(`POST ${actions}/runs/{run_id}/cancel`, {
      ...repository,
      run_id: Number(told.workflow_runs[0]!.id),
    });
    runner.hold = false;
    await github.settled();
  });
};
