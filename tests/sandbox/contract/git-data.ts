import { expect, test } from 'vitest';
import { type ContractWorld, repository } from './world.ts';

/** Git objects and refs. */
export const gitDataContract = (world: () => ContractWorld): void => {
  test('git objects and refs', async () => {
    const { person, head } = world();
    const git = '/repos/{owner}/{repo}/git';
    const parent = await head();
    const { data: base } = await person.request(`GET ${git}/commits/{commit_sha}`, {
      ...repository,
      commit_sha: parent,
    });
    const { data: blob } = await person.request(`POST ${git}/blobs`, {
      ...repository,
      content: 'x\n',
      encoding: 'utf-8',
    });
    const read = await person.request(`GET ${git}/blobs/{file_sha}`, { ...repository, file_sha: blob.sha });
    expect(atob(read.data.content)).toBe('x\n');
    const { data: tree } = await person.request(`POST ${git}/trees`, {
      ...repository,
      base_tree: base.tree.sha,
      tree: [
        { path: 'x.txt', mode: '100644', type: 'blob', sha: blob.sha },
        { path: 'y/z.txt', mode: '100644', type: 'blob', content: 'z\n' },
      ],
    });
    const whole = await person.request(`GET ${git}/trees/{tree_sha}`, {
      ...repository,
      tree_sha: tree.sha,
      recursive: '1',
    });
    expect(whole.data.tree.map(({ path }) => path)).toContain('y/z.txt');
    const { data: commit } = await person.request(`POST ${git}/commits`, {
      ...repository,
      message: 'by hand',
      tree: tree.sha,
      parents: [parent],
    });
    const { data: made } = await person.request(`POST ${git}/refs`, {
      ...repository,
      ref: 'refs/heads/by-hand',
      sha: parent,
    });
    expect(made.object.sha).toBe(parent);
    await person.request(`PATCH ${git}/refs/{ref}`, { ...repository, ref: 'heads/by-hand', sha: commit.sha });
    expect(await head('by-hand')).toBe(commit.sha);
    const { data: matching } = await person.request(`GET ${git}/matching-refs/{ref}`, {
      ...repository,
      ref: 'heads/by',
    });
    expect(matching.map(({ ref }) => ref)).toEqual(['refs/heads/by-hand']);
    await person.request(`DELETE ${git}/refs/{ref}`, { ...repository, ref: 'heads/by-hand' });
  });
};
