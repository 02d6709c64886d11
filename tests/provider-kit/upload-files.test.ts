import { expect, test } from 'vitest';
import { TransientError, UnsupportedError } from '../../src/model/errors.ts';
import { uploadFiles } from '../../src/provider-kit/upload-files.ts';

function uploading() {
  const told: string[] = [];
  const run = { progress: (message: string) => void told.push(message), signal: new AbortController().signal };
  return { told, with: { account: { delay: async () => {} }, run, size: () => 1_500_000 } };
}

test('no more at once than allowed, and it is told how far it is', async () => {
  const { told, with: options } = uploading();
  let [now, most] = [0, 0];
  const upload = async () => {
    most = Math.max(most, (now += 1));
    await Promise.resolve();
    now -= 1;
  };
  const items = Array.from({ length: 40 }, (_, index) => index);
  await uploadFiles({ ...options, items, upload, total: 100, concurrency: 3 });
  expect(most).toBe(3);
  expect(told[0]).toBe('uploading 40 of 100 files (60.0 MB)');
  expect(told).toHaveLength(10);
  expect(told).toContain('uploaded 20 of 40 files (30.0 MB of 60.0 MB)');
});

test('what fails for now is tried again; what fails for good lets no further one begin', async () => {
  const { with: options } = uploading();
  let tries = 0;
  const upload = async () => {
    if ((tries += 1) === 1) throw new TransientError('cut');
  };
  await uploadFiles({ ...options, items: ['a'], upload, total: 1 });
  expect(tries).toBe(2);
  const begun: number[] = [];
  const refuse = async (item: number) => {
    begun.push(item);
    throw new UnsupportedError(`no ${item}`);
  };
  const work = uploadFiles({ ...options, items: [1, 2, 3], upload: refuse, total: 3, concurrency: 1 });
  await expect(work).rejects.toThrow('no 1');
  expect(begun).toEqual([1]);
});

test('nothing to send is said as well', async () => {
  const { told, with: options } = uploading();
  await uploadFiles({ ...options, items: [], upload: async () => {}, total: 7 });
  expect(told).toEqual(['nothing to upload: all 7 files are there']);
});
