/** The repository of Flotilla itself: where it is released from and where its bugs are told. */
export const REPOSITORY = 'https://github.com/flotilla-dev/flotilla';
export const ISSUES = `${REPOSITORY}/issues/new`;

/** Names the code of a bundled program, which `build.ts` fills in; sources that run as they are have none, they may change. */
export const BUILD: string | undefined = typeof FLOTILLA_BUILD === 'string' ? FLOTILLA_BUILD : undefined;
declare const FLOTILLA_BUILD: string | undefined;
