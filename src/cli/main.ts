#!/usr/bin/env node
import module from 'node:module';

// Compiled code is kept between runs; everything else is imported after this so that it takes part.
module.enableCompileCache?.();

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `flotilla needs Node 22.18 or newer, this is ${process.versions.node}: see https://nodejs.org\n`,
  );
  process.exit(1);
}

const { run } = await import('./run.ts');
process.exit(await run(process.argv.slice(2)));
