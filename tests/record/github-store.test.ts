import { storeSuite } from './store-suite.ts';
import { gitHubWorld } from './github-world.ts';

storeSuite('github', async () => {
  const world = await gitHubWorld();
  // The suite is about many writers, not about how many requests GitHub allows them.
  world.sandbox.limits.perHour.actions = 1e9;
  Object.assign(world.sandbox.limits.secondary, { restPoints: 1e9, graphqlPoints: 1e9, contentPerMinute: 1e9 });
  return {
    open: async () => world.open(),
    commitConfig: async (files) =>
      (await world.sandbox.push(world.fullName, { branch: 'main', files, message: 'config' })).sha,
    close: world.close,
  };
});
