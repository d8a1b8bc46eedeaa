// Message vectors against the generated code: what it decodes is what the vector says.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DescField, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { file_qpc_v1_auth } from "../src/gen/qpc/v1/auth_pb.ts";
import { file_qpc_v1_common, SessionTrailerSchema } from "../src/gen/qpc/v1/common_pb.ts";
import { file_qpc_v1_delivery } from "../src/gen/qpc/v1/delivery_pb.ts";
import { file_qpc_v1_keys } from "../src/gen/qpc/v1/keys_pb.ts";
import { file_qpc_v1_p2p } from "../src/gen/qpc/v1/p2p_pb.ts";
import { file_qpc_v1_push } from "../src/gen/qpc/v1/push_pb.ts";
import { materialise } from "./bytes.ts";
import type { Value } from "./format.ts";
import { loadVectors } from "./load.ts";

const FILES = [
  file_qpc_v1_auth,
  file_qpc_v1_common,
  file_qpc_v1_delivery,
  file_qpc_v1_keys,
  file_qpc_v1_p2p,
  file_qpc_v1_push,
];
const TYPES = new Map(FILES.flatMap(({ messages }) => messages).map((type) => [type.name, type]));
const TOPICS = [
  "messages/auth",
  "messages/common",
  "messages/delivery",
  "messages/health",
  "messages/keys",
  "messages/push",
] as const;

for (const topic of TOPICS) {
  describe(topic, () => {
    for (const { id, message, bytes, decoded } of loadVectors(topic).vectors) {
      it(id, () => {
        const type = TYPES.get(message);
        assert.ok(type, `there is no message ${message}`);
        const input = materialise(bytes);
        if (!decoded) {
          assert.throws(() => fromBinary(type, input));
          return;
        }
        assert.deepEqual(fieldsOf(type, fromBinary(type, input)), decoded.fields);
        const trailer = fieldsOf(SessionTrailerSchema, fromBinary(SessionTrailerSchema, input));
        assert.deepEqual(trailer.auth, decoded.trailer);
      });
    }
  });
}

describe("message vectors", () => {
  it("cover every request and response of the core methods, and every field of them", () => {
    const core = ["OpaqueRegisterStart", "OpaqueRegisterFinish", "OpaqueLoginStart"];
    core.push("OpaqueLoginFinish", "Enqueue", "Fetch", "FetchWait", "Peek", "Ack", "BatchEnqueue");
    core.push("UploadKeyPackage", "FetchKeyPackage", "UploadHybridKey", "FetchHybridKey");
    core.push("FetchHybridKeys", "Health");
    const names = core.flatMap((name) => [`${name}Request`, `${name}Response`]);
    names.push("NewMessage", "ErrorDetail", "SessionTrailer");
    const vectors = TOPICS.flatMap((topic) => [...loadVectors(topic).vectors]);
    assert.deepEqual([...new Set(vectors.map(({ message }) => message))].sort(), names.sort());
    for (const { id, message, decoded } of vectors) {
      if (!decoded) continue;
      const fields = TYPES.get(message)?.fields.map(({ name }) => name);
      assert.deepEqual(Object.keys(decoded.fields).sort(), fields?.sort(), id);
    }
  });
});

function fieldsOf(type: DescMessage, message: object): Record<string, Value> {
  return Object.fromEntries(
    type.fields.map((field) => {
      const value = (message as Record<string, unknown>)[field.localName];
      const elements = Array.isArray(value)
        ? value.map((one) => decodedValue(field, one))
        : undefined;
      return [field.name, elements ?? decodedValue(field, value)];
    }),
  );
}

function decodedValue(field: DescField, value: unknown): Value {
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString("hex") };
  if (typeof value === "bigint") return value.toString();
  if (field.message) return fieldsOf(field.message, value as object);
  return value as Value;
}
