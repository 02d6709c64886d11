/** The repository of Flotilla itself: where it is released from and where its bugs are told. */
export const REPOSITORY = 'https://github.com/flotilla-dev/flotilla';
export const ISSUES = `${REPOSITORY}/issues/new`;
