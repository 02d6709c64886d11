/** An assignment problem in numbers: every item to one place, none over its room, with the highest sum of scores. */
export interface Puzzle {
  items: number;
  places: number;
  dimensions: number;
  /** Items × places; `-Infinity` where an item may not be. */
  score: Float64Array;
  /** Items × dimensions: what an item takes. */
  need: Float64Array;
  /** Places × dimensions: what is free; `Infinity` where nothing limits. */
  room: Float64Array;
  /** Items of one group, from 0, may not share a place; -1 for those that are alone. */
  group: Int32Array;
}
