// Messages laid out by hand, field by field, and calls that are compared byte by byte.

import type { DescMessage } from "@bufbuild/protobuf";
import { Status } from "../../src/registry/statuses.ts";
import { type DescUnary, encodeTrailer, type Peer } from "../judge/peer.ts";
import { spell } from "../judge/trace.ts";
import type { Trial } from "../judge/trial.ts";

/** bytesField is a length-delimited field of Protobuf; its number is below 16. */
export function bytesField(no: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((no << 3) | 2, ...varint(bytes.length)), bytes]);
}

/** numberField is a field with a number or a boolean; its number is below 16. */
export function numberField(no: number, value: number): Uint8Array {
  return Uint8Array.of(no << 3, ...varint(value));
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [0x80 | (value & 0x7f), ...varint(value >> 7)];
}

/**
 * answersWith sends the fields of a request and checks, as `answer` and `payload`, that Ok comes with
 * the bytes of these fields. `token`: a session, for a subject that wants it in the body.
 */
export async function answersWith(
  t: Trial,
  { peer, token }: { readonly peer: Peer; readonly token?: Uint8Array },
  method: DescUnary<DescMessage, DescMessage>,
  request: readonly Uint8Array[],
  response: readonly Uint8Array[],
): Promise<void> {
  const trailer = token && t.profile.session === "body" ? [encodeTrailer(token)] : [];
  const answer = await peer.callBytes(method, Buffer.concat([...request, ...trailer]));
  t.status(answer, Status.Ok);
  const expected = Buffer.concat(response);
  t.check("payload", Buffer.compare(answer.payload, expected) === 0, {
    expected: spell(expected),
    got: spell(answer.payload),
  });
}
