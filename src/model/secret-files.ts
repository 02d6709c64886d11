/** Sealed secrets of all environments; a file for one environment stands beside it. */
export const SHARED_SECRETS = 'flotilla.secrets.yml';
/** Certificates of the fleet's own authority: public, so in the open; their keys are sealed in the file above. */
export const CERTIFICATES = 'flotilla.certificates.pem';

/** The file in the repository's root that holds the secrets of one environment only. */
export function secretsOf(environment: string): string {
  return `flotilla.secrets.${environment}.yml`;
}

/** Every file that may hold secrets of an environment, the weakest first. A pull request's copy, `preview-7`, has those of `preview`. */
export function secretFiles(environment: string): string[] {
  const copied = /^(.+)-\d+$/.exec(environment)?.[1];
  return [SHARED_SECRETS, ...(copied === undefined ? [] : [secretsOf(copied)]), secretsOf(environment)];
}
