// The session trailer of a request body: field 15, which no request message has (spec/sessions.md, C-20,
// I-13). It is among the unknown fields of the decoded request.

import { fromBinary, type Message } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { type Auth, SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";

/** SessionTrailer.auth has this tag in every request message. */
const TRAILER_FIELD = 15;

const NONE = new Uint8Array(0);

/** trailerOf answers the Auth of a request, or undefined without one; it throws when it is malformed. */
export function trailerOf(request: Message): Auth | undefined {
  const fields = request.$unknown?.filter(({ no }) => no === TRAILER_FIELD) ?? [];
  if (fields.length === 0) return undefined;
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of fields) writer.tag(no, wireType).raw(data);
  return fromBinary(SessionTrailerSchema, writer.finish()).auth;
}

/** namedDevice answers the device_id of the trailer; empty without one, and for a malformed trailer. */
export function namedDevice(request: Message): Uint8Array {
  try {
    return trailerOf(request)?.deviceId ?? NONE;
  } catch {
    return NONE;
  }
}
