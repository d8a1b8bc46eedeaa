// Padding: each border of each kind of bucket, and bytes that are no padding. Spec: client/padding.md.

import { type Bytes, hex, join } from "../bytes.ts";
import type { ClientVector, VectorFile } from "../format.ts";
import { accepted, refused, u32 } from "./stating.ts";

/** Most content of each bucket; one byte more takes the next. */
const BUCKETS: readonly (readonly [size: number, most: number])[] = [
  [256, 252],
  [512, 508],
  [1024, 1020],
  [2048, 2044],
  [4096, 4092],
  [8192, 8188],
  [16_384, 16_380],
  [32_768, 32_764],
  [65_536, 65_532],
  [131_072, 131_068],
  [196_608, 196_604],
];
const LARGEST = 4_128_768;

/** clientPadding is client/padding.json. */
export function clientPadding(): VectorFile<ClientVector> {
  return {
    schema: "schema/client.schema.json",
    topic: "client/padding",
    spec: "spec/client/padding.md",
    vectors: [...borders(), ...refusals()],
  };
}

function borders(): ClientVector[] {
  const full = BUCKETS.map(([size, most]) =>
    good(`full-${size}`, "padding.buckets", most, size, `the most that ${size} bytes hold`),
  );
  const next = BUCKETS.slice(1).map(([size], index) => {
    const least = (BUCKETS[index]?.[1] ?? 0) + 1;
    return good(`least-${size}`, "padding.buckets", least, size, `the least that needs ${size}`);
  });
  return [
    accepted(
      "padding.example",
      "padding",
      join({ hex: "0000000568656c6c6f" }, { fill: 247, byte: 0 }),
      { rule: "padding.layout", comment: "hello" },
      { content: { hex: "68656c6c6f" } },
    ),
    good("empty", "padding.layout", 0, 256, "nothing is padded as well"),
    ...full,
    ...next,
    good("largest", "padding.limit", LARGEST - 4, LARGEST, "the most that a message holds"),
  ];
}

function good(id: string, rule: string, length: number, size: number, comment: string) {
  const content = { fill: length, byte: 0xc5 };
  return accepted(
    `padding.${id}`,
    "padding",
    join(hex(u32(length)), content, { fill: size - 4 - length, byte: 0 }),
    { rule, comment },
    { content },
  );
}

function refusals(): ClientVector[] {
  const bad = (id: string, stage: string, rule: string, comment: string, ...parts: Bytes[]) =>
    refused(`padding.${id}`, "padding", stage, join(...parts), { rule, comment });
  const size = (id: string, rule: string, length: number, total: number, comment: string) =>
    bad(id, "size", rule, comment, hex(u32(length)), { fill: Math.max(total - 4, 0), byte: 0 });
  const length = (id: string, stated: number, total: number, comment: string) =>
    bad(id, "length", "padding.length", comment, hex(u32(stated)), { fill: total - 4, byte: 0 });
  const bucket = (id: string, stated: number, total: number, comment: string) =>
    bad(id, "bucket", "padding.smallest", comment, hex(u32(stated)), { fill: total - 4, byte: 0 });
  const dirty = (id: string, behind: string, zeros: number, comment: string) =>
    bad(
      id,
      "padding",
      "padding.zeros",
      comment,
      { hex: "00000003c5c5c5" },
      { fill: zeros, byte: 0 },
      { hex: behind },
      { fill: 249 - zeros - behind.length / 2, byte: 0 },
    );
  return [
    bad("nothing", "size", "padding.buckets", "no bytes at all"),
    bad("three-bytes", "size", "padding.buckets", "not even a length", { fill: 3, byte: 0 }),
    size("length-alone", "padding.buckets", 0, 4, "a length and no padding"),
    size("one-less-than-256", "padding.buckets", 0, 255, "between two buckets"),
    size("one-more-than-256", "padding.buckets", 253, 257, "between two buckets"),
    size("384", "padding.buckets", 300, 384, "between two buckets"),
    size("98304", "padding.buckets", 70_000, 98_304, "between two buckets: 1.5 times 65,536"),
    size("beyond-largest", "padding.limit", LARGEST, 4_194_304, "more than a message holds"),
    length("length-one-more", 253, 256, "the length is one more than there is"),
    length("length-huge", 0xffff_ffff, 256, "read as signed, the length would be -1"),
    bucket("next-bucket", 252, 512, "252 bytes fit 256"),
    bucket("empty-in-512", 0, 512, "nothing fits 256"),
    bucket("large-next-bucket", 65_532, 131_072, "65,532 bytes fit 65,536"),
    dirty("first-pad-byte", "01", 0, "the byte behind the content is not zero"),
    dirty("middle-pad-byte", "80", 100, "a byte in the middle of the padding is not zero"),
    dirty("last-pad-byte", "01", 248, "the last byte is not zero"),
  ];
}
