// Vectors of client formats. They were written out by hand and with noble; here the formats themselves
// read them, on node:crypto, and write the good ones again.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { decodeContent, decodeRecord, encodeContent, encodeRecord } from "../src/client/content.ts";
import { ClientFault } from "../src/client/faults.ts";
import { nodeBackend } from "../src/crypto/backend/node.ts";
import {
  AttachmentError,
  openAttachment,
  sealAttachment,
} from "../src/crypto/client/attachment.ts";
import { PaddingError, pad, unpad } from "../src/crypto/client/padding.ts";
import { passphraseKey } from "../src/crypto/client/passphrase.ts";
import {
  openRecoveryBundle,
  RecoveryBundleError,
  sealRecoveryBundle,
} from "../src/crypto/client/recovery-bundle.ts";
import {
  formatRecoveryCode,
  parseRecoveryCode,
  RecoveryCodeError,
  recoveryKeys,
} from "../src/crypto/client/recovery-code.ts";
import { openTranscript, openWithKey, TranscriptError } from "../src/crypto/client/transcript.ts";
import {
  chainEnd,
  chainLink,
  chainStart,
  encodeChain,
  readChain,
} from "../src/crypto/client/transcript-chain.ts";
import { ContentSchema, TranscriptRecordSchema } from "../src/gen/qpc/client/v1/content_pb.ts";
import { type Bytes, materialise } from "./bytes.ts";
import { fieldsOf } from "./decoded-fields.ts";
import type { ClientFormat, ClientVector, Fields, Topic, Value } from "./format.ts";
import { loadVectors, TOPICS } from "./load.ts";

/** Outcome is what a vector says: what was decoded, or which fault. */
type Outcome =
  | { readonly decoded: Readonly<Record<string, unknown>> }
  | { readonly fault: string; readonly decoded: Fields | null };

const READERS: Readonly<
  Record<ClientFormat, (bytes: Uint8Array, vector: ClientVector) => Promise<Outcome> | Outcome>
> = {
  Content: (bytes) => readMessage(ContentSchema, decodeContent, encodeContent, bytes),
  TranscriptRecord: (bytes) =>
    readMessage(TranscriptRecordSchema, decodeRecord, encodeRecord, bytes),
  padding: readPadding,
  "recovery-code": readCode,
  "recovery-bundle": readBundle,
  attachment: readAttachment,
  "transcript-body": readBody,
  transcript: readTranscript,
};

const CLIENT_TOPICS = TOPICS.filter((topic): topic is Extract<Topic, `client/${string}`> =>
  topic.startsWith("client/"),
);

for (const topic of CLIENT_TOPICS) {
  describe(topic, () => {
    for (const vector of loadVectors(topic).vectors) {
      it(vector.id, async () => {
        const bytes = materialise(vector.bytes);
        const outcome = await READERS[vector.format](bytes, vector);
        if (vector.expect === "reject") {
          assert.ok("fault" in outcome, "it was read");
          assert.deepEqual([outcome.fault, outcome.decoded], [vector.stage, vector.decoded]);
          return;
        }
        assert.ok(!("fault" in outcome), `refused with ${"fault" in outcome && outcome.fault}`);
        for (const [name, value] of Object.entries(vector.decoded ?? {})) {
          assert.deepEqual(outcome.decoded[name], plain(value), name);
        }
      });
    }
  });
}

it("the example of a transcript opens with its passphrase", async () => {
  const { vectors } = loadVectors("client/transcript");
  const vector = vectors.find(({ id }) => id === "client.transcript.file.example");
  assert.ok(vector);
  const bytes = materialise(vector.bytes);
  const records = await openTranscript(
    String(vector.inputs.passphrase),
    bytes,
    bytesIn(vector, "conversation_id"),
  );
  assert.deepEqual(records.map(toHex), plain(vector.decoded?.records ?? null));
});

describe("spec/client", () => {
  const stated = JSON.stringify(CLIENT_TOPICS.map((topic) => loadVectors(topic).vectors));
  for (const chapter of ["content", "padding", "recovery-codes", "transcript"]) {
    it(`${chapter}.md shows bytes that are in the vectors`, () => {
      const text = readFileSync(new URL(`../spec/client/${chapter}.md`, import.meta.url), "utf8");
      const blocks = [...text.matchAll(/```text\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
      const runs = blocks.flatMap(runsShown);
      assert.ok(runs.length > 0);
      for (const run of runs) {
        const isList = run.every((column) => column.length >= 64 && stated.includes(column));
        assert.ok(stated.includes(run.join("")) || isList, run.join("\n"));
      }
    });
  }
});

/** runsShown reads the first columns of an example; a line with an ellipsis or with words ends a run. */
function runsShown(block: string): string[][] {
  const runs: string[][] = [[]];
  for (const line of block.trimEnd().split("\n")) {
    const column = line.split(/ {2,}/)[0]?.replaceAll(" ", "") ?? "";
    if (/^([0-9a-f]{2})+$/.test(column)) runs.at(-1)?.push(column);
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

/** A message that is none has the stage `message`, one that breaks a rule the stage `rule`. */
function readMessage<M extends object>(
  type: DescMessage,
  decode: (bytes: Uint8Array) => M,
  encode: (message: M) => Uint8Array,
  bytes: Uint8Array,
): Outcome {
  let message: M;
  try {
    message = decode(bytes);
  } catch (error) {
    assert.ok(error instanceof ClientFault && error.fault === "malformed");
    return { fault: error.cause === undefined ? "rule" : "message", decoded: null };
  }
  const once = encode(message);
  assert.deepEqual(encode(decode(once)), once);
  assert.deepEqual(toBinary(type, fromBinary(type, once)), once);
  return { decoded: plain(fieldsOf(type, message)) as Record<string, unknown> };
}

function readPadding(bytes: Uint8Array): Outcome {
  return settled(PaddingError, () => {
    const content = unpad(bytes);
    assert.equal(Buffer.compare(pad(content), bytes), 0);
    return { content: toHex(content) };
  });
}

function readCode(bytes: Uint8Array): Outcome {
  return settled(RecoveryCodeError, () => {
    const secret = parseRecoveryCode(new TextDecoder().decode(bytes));
    const { token, tokenHash, key } = recoveryKeys(secret);
    const code = formatRecoveryCode(secret);
    const derived = { token: toHex(token), token_hash: toHex(tokenHash), key: toHex(key) };
    return { secret: toHex(secret), code, ...derived };
  });
}

function readBundle(bytes: Uint8Array, vector: ClientVector): Outcome {
  const secret = bytesIn(vector, "secret");
  return settled(RecoveryBundleError, () => {
    const contents = openRecoveryBundle(secret, bytes);
    const nonce = bytes.slice(1, 13);
    assert.deepEqual(sealRecoveryBundle(secret, contents, { nonce }), bytes);
    const { username, identitySeed, password } = contents;
    const aead = { key: recoveryKeys(secret).key, nonce, aad: bytes.slice(0, 1) };
    const plaintext = nodeBackend.chacha20Poly1305.open(aead, bytes.subarray(13));
    const inside = unpad(plaintext ?? bytes);
    return { contents: toHex(inside), username, identity_seed: toHex(identitySeed), password };
  });
}

function readAttachment(bytes: Uint8Array, vector: ClientVector): Outcome {
  const [blobId, key] = [bytesIn(vector, "blob_id"), bytesIn(vector, "key")];
  return settled(AttachmentError, () => {
    const file = openAttachment(bytes, { blobId, key });
    const sealed = sealAttachment(file, { key, nonce: bytes.slice(1, 13) });
    assert.deepEqual(sealed, { blob: bytes, blobId, key });
    return { file: toHex(file) };
  });
}

function readBody(bytes: Uint8Array, vector: ClientVector): Outcome {
  const conversationId = bytesIn(vector, "conversation_id");
  const { records, broken } = readChain(bytes, conversationId);
  if (broken) return { fault: broken.kind, decoded: { record: broken.record } };
  assert.deepEqual(encodeChain(conversationId, records), bytes);
  assert.deepEqual(readChain(bytes).broken, undefined);
  const hashes = [chainStart(conversationId)];
  for (const record of records) hashes.push(chainLink(hashes.at(-1) ?? bytes, record));
  hashes.push(chainEnd(records.length, hashes.at(-1) ?? bytes));
  return { decoded: { records: records.map(toHex), hashes: hashes.map(toHex) } };
}

/** Argon2id takes its time: each passphrase and salt is derived once. */
const keys = new Map<string, Promise<Uint8Array>>();

async function readTranscript(bytes: Uint8Array, vector: ClientVector): Promise<Outcome> {
  const salt = bytes.length < 33 ? new Uint8Array(16) : bytes.slice(5, 21);
  const passphrase = String(vector.inputs.passphrase);
  const name = `${toHex(salt)} ${passphrase}`;
  const made = keys.get(name) ?? passphraseKey(passphrase, salt);
  keys.set(name, made);
  const key = await made;
  return settled(TranscriptError, () => {
    const records = openWithKey(key, bytes, bytesIn(vector, "conversation_id"));
    return { key: toHex(key), records: records.map(toHex) };
  });
}

function settled<
  E extends Error & { readonly fault: string; readonly record?: number | undefined },
>(type: new (...args: never[]) => E, read: () => Readonly<Record<string, unknown>>): Outcome {
  try {
    return { decoded: read() };
  } catch (error) {
    assert.ok(error instanceof type, String(error));
    const { fault, record } = error;
    return { fault, decoded: record === undefined ? null : { record } };
  }
}

function bytesIn(vector: ClientVector, name: string): Uint8Array {
  return materialise(vector.inputs[name] as Bytes);
}

/** plain writes bytes in one form, whichever the vector has. */
function plain(value: Value): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ("hex" in value || "parts" in value || "fill" in value) {
    return toHex(materialise(value as Bytes));
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
