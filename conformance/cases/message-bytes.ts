// Messages by hand: fields to send, calls that are compared byte by byte, and the fields of an answer by
// number.

import type { DescMessage } from "@bufbuild/protobuf";
import { Status } from "../../src/registry/statuses.ts";
import { type DescUnary, encodeTrailer, type Peer } from "../judge/peer.ts";
import { spell } from "../judge/trace.ts";
import type { Trial } from "../judge/trial.ts";

/** bytesField is a length-delimited field of Protobuf; its number is below 16. */
export function bytesField(no: number, bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes as string);
  return Buffer.concat([Uint8Array.of((no << 3) | 2), varint(content.length), content]);
}

/** numberField is a field with a number or a boolean; its number is below 16. */
export function numberField(no: number, value: number | bigint): Buffer {
  return Buffer.concat([Uint8Array.of(no << 3), varint(value)]);
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
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

/** Fields is what a message holds, by field number: numbers as they are, bytes as Buffers. */
export type WireFields = Readonly<Record<number, readonly (bigint | Buffer)[]>>;

/** readFields takes a message apart; undefined when it has other than varints and lengths, or is cut. */
export function readFields(payload: Uint8Array): WireFields | undefined {
  const bytes = Buffer.from(payload);
  const fields: Record<number, (bigint | Buffer)[]> = {};
  let at = 0;
  const number = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; at < bytes.length; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const [tag, value] = [number(), number()];
    if (tag === undefined || value === undefined) return undefined;
    const list = fields[Number(tag >> 3n)] ?? [];
    fields[Number(tag >> 3n)] = list;
    if ((tag & 7n) === 0n) list.push(value);
    else if ((tag & 7n) === 2n && at + Number(value) <= bytes.length) {
      list.push(bytes.subarray(at, at + Number(value)));
      at += Number(value);
    } else return undefined;
  }
  return fields;
}

/** spellFields writes them for evidence and for comparing: `1=5 2=6869`. */
export function spellFields(fields: WireFields | undefined): string {
  if (fields === undefined) return "no message";
  const spelt = Object.entries(fields).flatMap(([no, values]) =>
    values.map((value) => `${no}=${typeof value === "bigint" ? value : value.toString("hex")}`),
  );
  return spelt.join(" ") || "no fields";
}
