// Message vectors: the adapter decodes and encodes again, and the runner reads what came of it.

import { createRegistry, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { file_qpc_client_v1_content } from "../../../src/gen/qpc/client/v1/content_pb.ts";
import { file_qpc_v1_auth } from "../../../src/gen/qpc/v1/auth_pb.ts";
import { file_qpc_v1_blob } from "../../../src/gen/qpc/v1/blob_pb.ts";
import { file_qpc_v1_channel } from "../../../src/gen/qpc/v1/channel_pb.ts";
import { file_qpc_v1_common } from "../../../src/gen/qpc/v1/common_pb.ts";
import { file_qpc_v1_delivery } from "../../../src/gen/qpc/v1/delivery_pb.ts";
import { file_qpc_v1_device } from "../../../src/gen/qpc/v1/device_pb.ts";
import { file_qpc_v1_federation } from "../../../src/gen/qpc/v1/federation_pb.ts";
import { file_qpc_v1_group } from "../../../src/gen/qpc/v1/group_pb.ts";
import { file_qpc_v1_keys } from "../../../src/gen/qpc/v1/keys_pb.ts";
import { file_qpc_v1_kt } from "../../../src/gen/qpc/v1/kt_pb.ts";
import { file_qpc_v1_moderation } from "../../../src/gen/qpc/v1/moderation_pb.ts";
import { file_qpc_v1_p2p } from "../../../src/gen/qpc/v1/p2p_pb.ts";
import { file_qpc_v1_push } from "../../../src/gen/qpc/v1/push_pb.ts";
import { file_qpc_v1_recovery } from "../../../src/gen/qpc/v1/recovery_pb.ts";
import { file_qpc_v1_user } from "../../../src/gen/qpc/v1/user_pb.ts";
import { fieldsOf } from "../../../vectors/decoded-fields.ts";
import type { ClientVector, Fields, MessageVector } from "../../../vectors/format.ts";
import { compare, type Deviation, readBytes } from "../compare.ts";
import { type Json, show } from "../protocol.ts";
import { refusal, type Step } from "../step.ts";

const TYPES = createRegistry(
  file_qpc_client_v1_content,
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
);

/** messageSteps are for a message of package qpc.v1. */
export function messageSteps({ message, bytes, stage, decoded }: MessageVector): readonly Step[] {
  const args = { type: `qpc.v1.${message}`, bytes };
  const fields = decoded?.fields;
  return [roundtrip("msg.roundtrip", args, stage, fields)];
}

/** contentSteps are for a message of package qpc.client.v1. */
export function contentSteps({ format, bytes, stage, decoded }: ClientVector): readonly Step[] {
  const args = { type: `qpc.client.v1.${format}`, bytes };
  return [roundtrip("content.roundtrip", args, stage, decoded ?? undefined)];
}

function roundtrip(
  op: string,
  args: Json & { readonly type: string },
  stage: string | null,
  fields: Fields | undefined,
): Step {
  if (fields === undefined) return { op, args, expect: refusal(stage, "msg.decode") };
  const type = TYPES.getMessage(args.type);
  if (type === undefined) throw new Error(`there is no message ${args.type}`);
  return { op, args, expect: { judge: (ok) => sameMessage(type, fields, ok) } };
}

// Encodings of one message differ between libraries, so what the bytes mean is compared.
function sameMessage(type: DescMessage, fields: Fields, ok: Json): Deviation | undefined {
  const bytes = readBytes(ok.bytes);
  if (bytes === undefined) return { expected: "bytes: the message again", got: show(ok) };
  try {
    const again = fieldsOf(type, fromBinary(type, bytes));
    const differs = compare(fields, again, "bytes");
    return differs ?? (ok.fields === undefined ? undefined : compare(fields, ok.fields, "fields"));
  } catch (error) {
    return { expected: `bytes: a ${type.typeName}`, got: (error as Error).message };
  }
}
