/** A pretend cloud in a process of its own, so that its work is not counted as ours: prints its URL, ends when its input does. */
import { startCloud } from '../../src/providers/sandbox/fake.ts';

const cloud = await startCloud();
process.stdout.write(`${cloud.url}\n`);
process.stdin.resume().on('end', () => process.exit(0));
