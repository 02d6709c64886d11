import { actionsRoutes } from './actions.ts';
import { appRoutes } from './app.ts';
import { checkRoutes } from './checks.ts';
import { commitRoutes } from './commits.ts';
import { contentsRoutes } from './contents.ts';
import { deploymentRoutes } from './deployments.ts';
import { gitRoutes } from './git.ts';
import { issueRoutes } from './issues.ts';
import { labelRoutes } from './labels.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repos.ts';
import { statusRoutes } from './statuses.ts';
import { teamRoutes } from './teams.ts';

/** Every REST operation the sandbox speaks. */
export const restRoutes = [
  ...appRoutes,
  ...repositoryRoutes,
  ...gitRoutes,
  ...contentsRoutes,
  ...commitRoutes,
  ...pullRoutes,
  ...issueRoutes,
  ...labelRoutes,
  ...checkRoutes,
  ...statusRoutes,
  ...deploymentRoutes,
  ...actionsRoutes,
  ...teamRoutes,
];
