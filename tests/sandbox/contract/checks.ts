import { expect, test } from 'vitest';
import { type ContractWorld, repository } from './world.ts';

const annotations = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    path: 'flotilla.yml',
    start_line: index + 1,
    end_line: index + 1,
    annotation_level: 'notice' as const,
    message: `line ${index + 1}`,
    title: 'create',
  }));

/** Check runs with annotations in batches, and their suites. */
export const checksContract = (world: () => ContractWorld): void => {
  test('checks with annotations in batches', async () => {
    const { installation, head } = world();
    const checks = '/repos/{owner}/{repo}/check-runs';
    const suites = '/repos/{owner}/{repo}/check-suites';
    const sha = await head();
    const { data: run } = await installation.request(`POST ${checks}`, {
      ...repository,
      name: 'flotilla / plan (production)',
      head_sha: sha,
      status: 'in_progress',
      external_id: 'plan-1',
      output: { title: 'Planning', summary: 'One.', annotations: annotations(50) },
    });
    const one = { ...repository, check_run_id: run.id };
    await installation.request(`PATCH ${checks}/{check_run_id}`, {
      ...one,
      status: 'completed',
      conclusion: 'action_required',
      completed_at: new Date().toISOString(),
      output: { title: '2 to create', summary: 'Two.', text: 'All.', annotations: annotations(1) },
      actions: [{ label: 'Apply', description: 'Apply this plan', identifier: 'apply' }],
    });
    expect((await installation.request(`GET ${checks}/{check_run_id}`, one)).data).toMatchObject({
      conclusion: 'action_required',
      output: { annotations_count: 51, title: '2 to create' },
    });
    const { data: last } = await installation.request(`GET ${checks}/{check_run_id}/annotations`, {
      ...one,
      per_page: 50,
      page: 2,
    });
    expect(last).toHaveLength(1);
    const { data: list } = await installation.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ...repository,
      ref: sha,
      check_name: 'flotilla / plan (production)',
    });
    expect(list).toMatchObject({ total_count: 1 });
    const suite = { ...repository, check_suite_id: run.check_suite!.id };
    await installation.request(`GET ${suites}/{check_suite_id}`, suite);
    expect((await installation.request(`GET ${suites}/{check_suite_id}/check-runs`, suite)).data.total_count).toBe(1);
    await installation.request('GET /repos/{owner}/{repo}/commits/{ref}/check-suites', { ...repository, ref: sha });
    await installation.request(`POST ${checks}/{check_run_id}/rerequest`, one);
    await installation.request(`POST ${suites}/{check_suite_id}/rerequest`, suite);
  });
};
