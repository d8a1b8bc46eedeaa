// Makes new inputs from known ones.

import type { Random } from "./random.ts";

const LARGEST_INPUT = 4096;

/** Bytes at which decoders decide: bounds of varints and lengths, and the limit of a frame. */
const TELLING: readonly (readonly number[])[] = [
  [0],
  [1],
  [0x7a],
  [0x7f],
  [0x80],
  [0xff],
  [0, 0, 0, 0],
  [0x00, 0x40, 0x00, 0x00],
  [0x00, 0x40, 0x00, 0x01],
  [0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
];

type Mutation = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const setByte: Mutation = (input, random) => replace(input, random, () => [random(256)]);

/** One is drawn at random; what stands here several times is drawn more often. */
const MUTATIONS: readonly Mutation[] = [
  setByte,
  setByte,
  setByte,
  setByte,
  function flipBit(input, random) {
    return replace(input, random, (byte) => [byte ^ (1 << random(8))]);
  },
  function removeBytes(input, random) {
    return splice(input, random(input.length + 1), 1 + random(4), []);
  },
  function insertBytes(input, random) {
    return splice(input, random(input.length + 1), 0, telling(random));
  },
  function overwrite(input, random) {
    const bytes = telling(random);
    return splice(input, random(input.length + 1), bytes.length, bytes);
  },
  function repeat(input, random) {
    const start = random(input.length + 1);
    const piece = input.subarray(start, start + 1 + random(16));
    return splice(input, random(input.length + 1), 0, piece);
  },
  function cut(input, random) {
    return input.slice(0, random(input.length + 1));
  },
  function cross(input, random, other) {
    const tail = other.subarray(random(other.length + 1));
    return splice(input, random(input.length + 1), input.length, tail);
  },
];

/**
 * mutate changes a copy of `input`, mostly once, because a second change often undoes what made the
 * input worth keeping; at most four times. `other` is an input to borrow from.
 */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let changed = input;
  const changes = random(3) === 0 ? 2 + random(3) : 1;
  for (let change = 0; change < changes; change++) {
    const mutation = MUTATIONS[random(MUTATIONS.length)] as Mutation;
    changed = mutation(changed, random, other).slice(0, LARGEST_INPUT);
  }
  return changed;
}

function replace(input: Uint8Array, random: Random, by: (byte: number) => number[]): Uint8Array {
  const at = random(input.length);
  return splice(input, at, 1, by(input[at] ?? 0));
}

function splice(
  input: Uint8Array,
  at: number,
  removed: number,
  added: ArrayLike<number>,
): Uint8Array {
  return Buffer.concat([
    input.subarray(0, at),
    Uint8Array.from(added),
    input.subarray(at + removed),
  ]);
}

function telling(random: Random): readonly number[] {
  return TELLING[random(TELLING.length)] ?? [];
}
