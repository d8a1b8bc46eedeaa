// What an adapter answered against what a vector says. Bytes may come in any form of the protocol.

import { createHash } from "node:crypto";
import { type Bytes, materialise, sizeOf } from "../../vectors/bytes.ts";
import type { Value } from "../../vectors/format.ts";
import { isObject, show } from "./protocol.ts";

/** Deviation is one value that is not as it must be. */
export interface Deviation {
  readonly expected: string;
  readonly got: string;
}

/** compare answers the first deviation; fields of `got` that are not expected are ignored. */
export function compare(expected: Value, got: unknown, path = ""): Deviation | undefined {
  const differs = { expected: `${path}: ${show(expected)}`, got: show(got) };
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) return differs;
    return firstOf(expected.map((value, at) => compare(value, got[at], `${path}[${at}]`)));
  }
  if (isBytes(expected)) return areSame(expected, got) ? undefined : differs;
  if (isObject(expected)) {
    if (!isObject(got)) return differs;
    const entries = Object.entries(expected as Readonly<Record<string, Value>>);
    return firstOf(
      entries.map(([name, value]) => compare(value, got[name], path ? `${path}.${name}` : name)),
    );
  }
  return expected === got ? undefined : differs;
}

/** readBytes materialises bytes of a reply: hex, a fill, or parts; undefined for anything else. */
export function readBytes(value: unknown): Uint8Array | undefined {
  return isBytes(value) && sizeOf(value) <= MOST_BYTES ? materialise(value) : undefined;
}

/** Beyond what any vector holds. */
const MOST_BYTES = 64 * 1024 * 1024;

function areSame(expected: Bytes, got: unknown): boolean {
  if (isObject(got) && typeof got.sha256 === "string") {
    if (got.len !== sizeOf(expected)) return false;
    return got.sha256 === createHash("sha256").update(materialise(expected)).digest("hex");
  }
  if (!isBytes(got) || sizeOf(got) !== sizeOf(expected)) return false;
  return Buffer.compare(materialise(got), materialise(expected)) === 0;
}

function isBytes(value: unknown): value is Bytes {
  if (!isObject(value)) return false;
  if ("parts" in value) return Array.isArray(value.parts) && value.parts.every(isPiece);
  return isPiece(value);
}

function isPiece(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (typeof value.hex === "string")
    return value.hex.length % 2 === 0 && /^[0-9a-f]*$/.test(value.hex);
  const { fill, byte } = value;
  return isCount(fill) && isCount(byte) && Number(byte) < 256;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function firstOf(found: readonly (Deviation | undefined)[]): Deviation | undefined {
  return found.find((one) => one !== undefined);
}
