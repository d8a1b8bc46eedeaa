// Plaintexts of application messages [content.fields], [padding.layout]: the bytes as they are, and the
// bytes as they would be inside a right padding. Whatever is taken is taken again when it is sent on.

import assert from "node:assert/strict";
import {
  decodeContent,
  decodePadded,
  encodeContent,
  encodePadded,
} from "../../src/client/content.ts";
import { ClientFault } from "../../src/client/faults.ts";
import { pad } from "../../src/crypto/client/padding.ts";
import { materialise, sizeOf } from "../../vectors/bytes.ts";
import { loadVectors } from "../../vectors/load.ts";
import { PROTOBUF_SOURCES } from "../message-target.ts";
import { outcomeOf, type Target } from "../target.ts";

const LARGEST_SEED = 4096;

export const content: Target = {
  name: "content",
  covers: [...PROTOBUF_SOURCES, "/src/client/content.ts", "/src/crypto/client/padding.ts"],
  seeds: () =>
    (["client/content", "client/padding"] as const)
      .flatMap((topic) => [...loadVectors(topic).vectors])
      .filter(({ bytes }) => sizeOf(bytes) <= LARGEST_SEED)
      .map(({ bytes }) => materialise(bytes)),
  async run(input) {
    for (const plaintext of [input, pad(input)]) {
      const outcome = await outcomeOf(() => decodePadded(plaintext), isMalformed);
      if ("refusal" in outcome) continue;
      const once = encodeContent(outcome.value);
      assert.deepEqual(encodeContent(decodeContent(once)), once);
      assert.deepEqual(decodePadded(encodePadded(outcome.value)), decodeContent(once));
    }
  },
};

function isMalformed(error: unknown): error is Error {
  return error instanceof ClientFault && error.fault === "malformed";
}
