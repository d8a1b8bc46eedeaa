// Random numbers that a seed repeats.

/** Random answers whole numbers from 0 (inclusive) to `below`. */
export type Random = (below: number) => number;

/** createRandom is the generator of Numerical Recipes; its high bits are used. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
