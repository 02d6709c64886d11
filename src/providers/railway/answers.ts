import { z } from 'zod';

/** Of Railway's answers, what the handler relies on. */

export const Deployment = z.object({ id: z.string(), status: z.string() });
export type Deployment = z.infer<typeof Deployment>;

export const PageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() });
export const connectionOf = <T extends z.ZodType>(node: T) => z.object({ edges: z.array(z.object({ node })) });

export const Instance = z.object({
  serviceId: z.string(),
  serviceName: z.string(),
  deletedAt: z.string().nullish(),
  source: z.object({ image: z.string().nullish(), repo: z.string().nullish() }).nullish(),
  numReplicas: z.int().nullish(),
  region: z.string().nullish(),
  startCommand: z.string().nullish(),
  healthcheckPath: z.string().nullish(),
  rootDirectory: z.string().nullish(),
  dockerfilePath: z.string().nullish(),
  buildCommand: z.string().nullish(),
  domains: z.object({
    serviceDomains: z.array(z.object({ domain: z.string(), targetPort: z.int().nullish() })),
  }),
  latestDeployment: Deployment.nullish(),
  activeDeployments: z.array(Deployment),
});
/** A service in one environment. */
export type Instance = z.infer<typeof Instance>;

export const Instances = connectionOf(Instance).extend({ pageInfo: PageInfo });
export const Environment = z.object({ id: z.string(), name: z.string(), serviceInstances: Instances });
export const Project = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  environments: connectionOf(Environment),
});
export const Projects = z.object({ projects: connectionOf(Project).extend({ pageInfo: PageInfo }) });
export const MoreInstances = z.object({ environment: z.object({ serviceInstances: Instances }) });
export const Created = z.object({
  projectCreate: z.object({
    id: z.string(),
    environments: connectionOf(z.object({ id: z.string(), name: z.string() })),
  }),
});
export const CreatedService = z.object({ serviceCreate: z.object({ id: z.string() }) });
export const Started = z.object({ deployment: z.string() });
export const Lines = z.array(z.object({ message: z.string() }));
export const Logs = z.object({ build: Lines, run: Lines });
export const Values = z.record(z.string(), z.string().nullish());
export const Variables = z.record(z.string(), z.union([z.object({ variables: Values }), Values]).nullable());
