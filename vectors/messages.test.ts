// Message vectors against the generated code, as the server uses it: what it decodes is what the
// vector says.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { file_qpc_v1_auth } from "../src/gen/qpc/v1/auth_pb.ts";
import { file_qpc_v1_blob } from "../src/gen/qpc/v1/blob_pb.ts";
import { file_qpc_v1_channel } from "../src/gen/qpc/v1/channel_pb.ts";
import { file_qpc_v1_common, SessionTrailerSchema } from "../src/gen/qpc/v1/common_pb.ts";
import { file_qpc_v1_delivery } from "../src/gen/qpc/v1/delivery_pb.ts";
import { file_qpc_v1_device } from "../src/gen/qpc/v1/device_pb.ts";
import { file_qpc_v1_federation } from "../src/gen/qpc/v1/federation_pb.ts";
import { file_qpc_v1_group } from "../src/gen/qpc/v1/group_pb.ts";
import { file_qpc_v1_keys } from "../src/gen/qpc/v1/keys_pb.ts";
import { file_qpc_v1_kt } from "../src/gen/qpc/v1/kt_pb.ts";
import { file_qpc_v1_moderation } from "../src/gen/qpc/v1/moderation_pb.ts";
import { file_qpc_v1_p2p } from "../src/gen/qpc/v1/p2p_pb.ts";
import { file_qpc_v1_push } from "../src/gen/qpc/v1/push_pb.ts";
import { file_qpc_v1_recovery } from "../src/gen/qpc/v1/recovery_pb.ts";
import { file_qpc_v1_user } from "../src/gen/qpc/v1/user_pb.ts";
import { decodeStrictly } from "../src/rpc/decode.ts";
import { materialise } from "./bytes.ts";
import { fieldsOf } from "./decoded-fields.ts";
import type { Topic } from "./format.ts";
import { loadVectors, TOPICS } from "./load.ts";

const FILES = [
  file_qpc_v1_auth,
  file_qpc_v1_blob,
  file_qpc_v1_channel,
  file_qpc_v1_common,
  file_qpc_v1_delivery,
  file_qpc_v1_device,
  file_qpc_v1_federation,
  file_qpc_v1_group,
  file_qpc_v1_keys,
  file_qpc_v1_kt,
  file_qpc_v1_moderation,
  file_qpc_v1_p2p,
  file_qpc_v1_push,
  file_qpc_v1_recovery,
  file_qpc_v1_user,
];
const TYPES = new Map(FILES.flatMap(({ messages }) => messages).map((type) => [type.name, type]));
const MESSAGE_TOPICS = TOPICS.filter((topic): topic is Extract<Topic, `messages/${string}`> =>
  topic.startsWith("messages/"),
);

for (const topic of MESSAGE_TOPICS) {
  describe(topic, () => {
    for (const { id, message, bytes, decoded } of loadVectors(topic).vectors) {
      it(id, () => {
        const type = TYPES.get(message);
        assert.ok(type, `there is no message ${message}`);
        const input = materialise(bytes);
        if (!decoded) {
          assert.throws(() => decodeStrictly(type, input));
          return;
        }
        assert.deepEqual(fieldsOf(type, decodeStrictly(type, input)), decoded.fields);
        const trailer = fieldsOf(SessionTrailerSchema, fromBinary(SessionTrailerSchema, input));
        assert.deepEqual(trailer.auth, decoded.trailer);
      });
    }
  });
}

describe("message vectors", () => {
  it("cover every message of the protocol, and every field of it", () => {
    const vectors = MESSAGE_TOPICS.flatMap((topic) => [...loadVectors(topic).vectors]);
    const seen = new Set(vectors.map(({ message }) => message));
    assert.deepEqual([...seen].sort(), [...TYPES.keys()].sort());
    for (const { id, message, decoded } of vectors) {
      if (!decoded) continue;
      const fields = TYPES.get(message)?.fields.map(({ name }) => name);
      assert.deepEqual(Object.keys(decoded.fields).sort(), fields?.sort(), id);
    }
  });
});
