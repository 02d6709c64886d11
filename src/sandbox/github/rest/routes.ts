import { appRoutes } from './app.ts';
import { commitRoutes } from './commits.ts';
import { contentsRoutes } from './contents.ts';
import { gitRoutes } from './git.ts';
import { repositoryRoutes } from './repos.ts';

/** Every REST operation the sandbox speaks. */
export const restRoutes = [...appRoutes, ...repositoryRoutes, ...gitRoutes, ...contentsRoutes, ...commitRoutes];
