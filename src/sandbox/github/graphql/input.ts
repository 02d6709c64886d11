/** A mutation's arguments. */
export interface Input<T> {
  input: T & { clientMutationId?: string | null };
}
