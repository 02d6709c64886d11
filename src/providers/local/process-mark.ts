/** Marks every process of an instance, so that one whose supervisor was killed can still be found. */
export const MARK_VARIABLE = 'FLOTILLA_INSTANCE';
