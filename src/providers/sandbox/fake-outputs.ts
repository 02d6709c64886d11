import type { NewResource } from './api.ts';

/**
 * What others may reference of a resource, as `model/resource.ts` names it for each kind. Nothing answers at these addresses
 * but at `address`, where one is given for what is asked over HTTP.
 */
export function outputsOf(
  { kind, name, title, region }: Pick<NewResource, 'kind' | 'name' | 'title' | 'region'>,
  secret: string,
  address?: string,
): Record<string, string> {
  const host = `${name}.${region}.cloud.invalid`;
  switch (kind) {
    case 'service':
      return address ? at(address) : { url: `https://${host}`, host, port: '443' };
    case 'site':
      return address ? at(address) : { url: `https://${host}`, host };
    case 'database': {
      const [user, database] = ['app', title.replaceAll(/\W/g, '_')];
      const url = `postgres://${user}:${secret}@${host}:5432/${database}`;
      return { url, host, port: '5432', name: database, user, password: secret };
    }
    case 'bucket':
      return {
        endpoint: `https://${region}.s3.cloud.invalid`,
        name,
        access_key: `AK${secret.slice(0, 6)}`,
        secret_key: secret,
      };
    case 'model':
      return { url: address ?? `https://${host}/v2/models/${title}/infer` };
    case 'job':
      return {};
    case 'domain':
      return { name: title };
  }
}

function at(address: string): Record<string, string> {
  const { hostname, port } = new URL(address);
  return { url: address, host: hostname, port };
}
