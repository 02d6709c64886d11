import { z } from 'zod';

/** Of every answer of the Docker Engine API, only what the handler relies on. */

const labels = z.record(z.string(), z.string()).nullish();

export const Listed = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  Labels: labels,
  /** Seconds since 1970. */
  Created: z.number(),
  Ports: z.array(z.object({ PublicPort: z.number().optional() })).nullish(),
});
export type Listed = z.infer<typeof Listed>;

export const Inspected = z.object({
  Id: z.string(),
  /** With a slash before it. */
  Name: z.string(),
  /** Digest of the image's configuration: what runs, whatever its tags say now. */
  Image: z.string(),
  RestartCount: z.int().default(0),
  State: z.object({ Status: z.string(), Health: z.object({ Status: z.string() }).nullish() }),
  Config: z.object({
    Hostname: z.string().optional(),
    Env: z.array(z.string()).nullish(),
    Cmd: z.array(z.string()).nullish(),
    Labels: labels,
  }),
  HostConfig: z.object({
    Memory: z.number().default(0),
    NanoCpus: z.number().default(0),
    RestartPolicy: z.object({ Name: z.string() }).nullish(),
    PortBindings: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()).nullish(),
  }),
});
export type Inspected = z.infer<typeof Inspected>;

export const Image = z.object({
  Id: z.string(),
  RepoDigests: z.array(z.string()).nullish(),
  Config: z.object({ Labels: labels }).nullish(),
});
export type Image = z.infer<typeof Image>;

export const ListedImages = z.array(z.object({ Id: z.string() }));
export const Created = z.object({ Id: z.string() });

/** What `POST /containers/create` takes. */
export interface NewContainer {
  Image: string;
  Env: string[];
  Cmd?: string[];
  Labels: Record<string, string>;
  ExposedPorts: Record<string, object>;
  HostConfig: {
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
    RestartPolicy: { Name: string };
    Memory: number;
    NanoCpus: number;
  };
}

/** What an engine says while it pulls or builds, one object a line. */
export const Line = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  /** Of the layer that `status` is about. */
  id: z.string().optional(),
  error: z.string().optional(),
});
export type Line = z.infer<typeof Line>;
