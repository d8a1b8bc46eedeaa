// Reading the structures of RFC 9420 that stand in the vectors.

import assert from "node:assert/strict";
import { decodeMlsMessage, type MLSMessage, type RatchetTree } from "ts-mls";
import type { Decoder } from "ts-mls/codec/tlsDecoder.js";
import { decodeRatchetTree } from "ts-mls/ratchetTree.js";
import { hex } from "../case.ts";

/** decode reads a structure that takes up all of the bytes. */
export function decode<T>(decoder: Decoder<T>, text: string): T {
  const bytes = hex(text);
  const read = decoder(bytes, 0);
  assert.ok(read, "the bytes hold no such structure");
  assert.equal(read[1], bytes.length, "bytes are left over");
  return read[0];
}

export function decodeTree(text: string): RatchetTree {
  return decode(decodeRatchetTree, text);
}

type Wireformat = MLSMessage["wireformat"];

/** decodeMessage reads an MLSMessage of one of the kinds. */
export function decodeMessage<W extends Wireformat>(
  text: string,
  ...wireformats: readonly W[]
): MLSMessage & { readonly wireformat: W } {
  const message = decode(decodeMlsMessage, text);
  assert.ok(isOneOf(message, wireformats), `this is ${message.wireformat}`);
  return message;
}

function isOneOf<W extends Wireformat>(
  message: MLSMessage,
  wireformats: readonly W[],
): message is MLSMessage & { readonly wireformat: W } {
  return wireformats.some((wireformat) => wireformat === message.wireformat);
}
