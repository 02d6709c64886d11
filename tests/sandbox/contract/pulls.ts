import { expect, test } from 'vitest';
import { type ContractWorld, repository } from './world.ts';

/** A pull request, from its branch to its merge. */
export const pullsContract = (world: () => ContractWorld): void => {
  test('a pull request, from its branch to its merge', async () => {
    const { github, person } = world();
    const pulls = '/repos/{owner}/{repo}/pulls';
    await github.push('acme/fleet', {
      branch: 'feature',
      files: { 'flotilla.yml': 'fleet: acme\nservices: {}\n', 'new.txt': 'new\n' },
      message: 'feature',
    });
    const { data: pull } = await person.request(`POST ${pulls}`, {
      ...repository,
      title: 'Feature',
      head: 'feature',
      base: 'main',
      body: 'Why.',
    });
    const one = { ...repository, pull_number: pull.number };
    expect((await person.request(`GET ${pulls}`, { ...repository, state: 'open' })).data).toHaveLength(1);
    await person.request(`PATCH ${pulls}/{pull_number}`, { ...one, title: 'A feature' });
    expect((await person.request(`GET ${pulls}/{pull_number}`, one)).data).toMatchObject({
      title: 'A feature',
      mergeable: true,
      changed_files: 2,
    });
    const { data: files } = await person.request(`GET ${pulls}/{pull_number}/files`, one);
    expect(files.map(({ filename, status }) => `${status} ${filename}`)).toEqual([
      'modified flotilla.yml',
      'added new.txt',
    ]);
    expect((await person.request(`GET ${pulls}/{pull_number}/commits`, one)).data).toHaveLength(1);
    const { data: about } = await person.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
      ...repository,
      commit_sha: pull.head.sha,
    });
    expect(about.map(({ number }) => number)).toEqual([pull.number]);
    const merged = await person.request(`PUT ${pulls}/{pull_number}/merge`, {
      ...one,
      merge_method: 'squash',
      sha: pull.head.sha,
    });
    expect(merged.data.merged).toBe(true);
    expect((await person.request(`GET ${pulls}/{pull_number}/merge`, one)).status).toBe(204);
    expect((await person.request(`GET ${pulls}/{pull_number}`, one)).data).toMatchObject({
      state: 'closed',
      merged: true,
      merged_by: { login: 'acme' },
    });
  });
};
