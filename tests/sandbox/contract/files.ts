import { expect, test } from 'vitest';
import { type ContractWorld, repository } from './world.ts';

/** Files by path, branches and history. */
export const filesContract = (world: () => ContractWorld): void => {
  test('files, branches and history', async () => {
    const { person } = world();
    expect((await person.request('GET /repos/{owner}/{repo}', repository)).data.default_branch).toBe('main');
    const contents = '/repos/{owner}/{repo}/contents/{path}';
    const { data: made } = await person.request(`PUT ${contents}`, {
      ...repository,
      path: 'a/b.txt',
      message: 'one',
      content: btoa('one\n'),
    });
    const { data: changed } = await person.request(`PUT ${contents}`, {
      ...repository,
      path: 'a/b.txt',
      message: 'two',
      content: btoa('two\n'),
      sha: made.content!.sha!,
    });
    const { data: file } = await person.request(`GET ${contents}`, { ...repository, path: 'a/b.txt' });
    expect(file).toMatchObject({ type: 'file', encoding: 'base64', content: `${btoa('two\n')}\n` });
    const { data: folder } = await person.request(`GET ${contents}`, { ...repository, path: 'a' });
    expect(folder).toMatchObject([{ name: 'b.txt', type: 'file' }]);
    const { data: top } = await person.request(`GET ${contents}`, { ...repository, path: '' });
    expect((top as { name: string }[]).map(({ name }) => name)).toContain('README.md');
    expect((await person.request('GET /repos/{owner}/{repo}/readme', repository)).data.path).toBe('README.md');
    const raw = await person.request(`GET ${contents}`, {
      ...repository,
      path: 'a/b.txt',
      ref: 'main',
      headers: { accept: 'application/vnd.github.raw+json' },
    });
    expect(raw.data).toBe('two\n');
    await person.request(`DELETE ${contents}`, {
      ...repository,
      path: 'a/b.txt',
      message: 'three',
      sha: changed.content!.sha!,
    });
    expect((await person.request('GET /repos/{owner}/{repo}/branches', repository)).data).toHaveLength(1);
    const branch = await person.request('GET /repos/{owner}/{repo}/branches/{branch}', {
      ...repository,
      branch: 'main',
    });
    expect(branch.data.commit.commit.message).toBe('three');
    const { data: commits } = await person.request('GET /repos/{owner}/{repo}/commits', { ...repository, per_page: 2 });
    expect(commits.map(({ commit }) => commit.message)).toEqual(['three', 'two']);
    const { data: commit } = await person.request('GET /repos/{owner}/{repo}/commits/{ref}', {
      ...repository,
      ref: changed.commit.sha!,
    });
    expect(commit.files).toMatchObject([{ filename: 'a/b.txt', status: 'modified', additions: 1, deletions: 1 }]);
    const { data: compared } = await person.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      ...repository,
      basehead: `${made.commit.sha}...main`,
    });
    expect(compared).toMatchObject({ status: 'ahead', ahead_by: 2, behind_by: 0 });
  });
};
