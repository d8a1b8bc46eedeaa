// Transcripts [transcript.body]: the bytes as a body, with and without the conversation's ID, as a file
// and inside a file. A body that holds is what would be written of its records.

import assert from "node:assert/strict";
import { nodeBackend } from "../../src/crypto/backend/node.ts";
import { openWithKey, TranscriptError } from "../../src/crypto/client/transcript.ts";
import { encodeChain, readChain } from "../../src/crypto/client/transcript-chain.ts";
import { materialise } from "../../vectors/bytes.ts";
import { loadVectors } from "../../vectors/load.ts";
import { outcomeOf, type Target } from "../target.ts";

const ID = new Uint8Array(16).fill(0xc1);
const KEY = new Uint8Array(32).fill(7);
const NONCE = new Uint8Array(12).fill(5);

export const transcriptBody: Target = {
  name: "transcript-body",
  covers: ["transcript", "transcript-chain"].map((name) => `/src/crypto/client/${name}.ts`),
  seeds: () => loadVectors("client/transcript").vectors.map(({ bytes }) => materialise(bytes)),
  async run(input) {
    const { records, broken, used } = readChain(input, ID);
    assert.ok(used <= input.length && records.length <= input.length / 36);
    const without = readChain(input);
    assert.ok(without.records.length >= records.length, "the ID makes nothing easier");

    const whole = broken === undefined && used === input.length;
    if (whole) assert.equal(Buffer.compare(encodeChain(ID, records), input), 0);
    const outcome = await outcomeOf(() => openWithKey(KEY, sealed(input), ID), isRefusal);
    assert.equal("value" in outcome, whole);
    await outcomeOf(() => openWithKey(KEY, input, ID), isRefusal);
  },
};

function sealed(body: Uint8Array): Uint8Array {
  const header = Buffer.concat([Buffer.from("QPCT\x01"), new Uint8Array(16), NONCE]);
  const input = { key: KEY, nonce: NONCE, aad: header };
  return Buffer.concat([header, nodeBackend.chacha20Poly1305.seal(input, body)]);
}

function isRefusal(error: unknown): error is Error {
  return error instanceof TranscriptError;
}
