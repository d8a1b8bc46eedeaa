// What the Protobuf decoders have in common: bytes are a message or they are not, and a message that is
// encoded is the same message when it is decoded again (spec/framing.md [framing.protobuf-payload]).

import assert from "node:assert/strict";
import { type DescMessage, type Message, toBinary } from "@bufbuild/protobuf";
import { decodeStrictly } from "../src/rpc/decode.ts";
import { materialise } from "../vectors/bytes.ts";
import { loadVectors, TOPICS } from "../vectors/load.ts";
import { outcomeOf } from "./target.ts";

export const PROTOBUF_SOURCES = [
  "/protobuf/dist/esm/from-binary.js",
  "/protobuf/dist/esm/wire/binary-encoding.js",
  "/protobuf/dist/esm/wire/varint.js",
  "/src/rpc/decode.ts",
];

/** decode answers the message, or undefined where the bytes are refused as they may be. */
export async function decode(type: DescMessage, bytes: Uint8Array): Promise<Message | undefined> {
  const outcome = await outcomeOf(() => decodeStrictly(type, bytes), isRefusal);
  if ("refusal" in outcome) return undefined;
  const once = toBinary(type, outcome.value);
  const again = toBinary(type, decodeStrictly(type, once));
  assert.equal(Buffer.compare(again, once), 0, `${type.name} changes when it is encoded again`);
  return outcome.value;
}

/** messageVectors are the vectors of the messages in `types`, by type. */
export function messageVectors(types: ReadonlyMap<string, DescMessage>) {
  const vectors = TOPICS.flatMap((topic) =>
    topic.startsWith("messages/")
      ? loadVectors(topic as "messages/auth").vectors.map((vector) => vector)
      : [],
  );
  return vectors.flatMap((vector) => {
    const type = types.get(vector.message);
    return type ? [{ vector, type, bytes: materialise(vector.bytes) }] : [];
  });
}

// The runtime refuses bytes with Error and RangeError, and text that is no UTF-8 with the TypeError of
// TextDecoder. Another TypeError is a fault of the decoder.
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error.constructor === Error || error.constructor === RangeError) return true;
  return (error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA";
}
