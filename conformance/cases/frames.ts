// Request frames of a case's own making, and what is asked after a bad one: was anything stored.

import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { materialise } from "../../vectors/bytes.ts";
import { loadVectors } from "../../vectors/load.ts";
import { type DescUnary, encodeTrailer, type Peer } from "../judge/peer.ts";
import type { Reaction } from "../judge/stream.ts";
import type { Trial } from "../judge/trial.ts";
import type { User } from "../judge/user.ts";
import { peeked, spellSeqs } from "./delivery/inbox.ts";

/** Before the deadline for a whole frame (3 s) resets a stream that waits for more than will come. */
const PROMPTLY_MS = 2_500;

/** frame lays out a request frame by hand; `announced` is payload_len where it shall be wrong. */
export function frame(
  methodId: number,
  requestId: number,
  payload: Uint8Array,
  announced = payload.length,
): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt16BE(methodId, 0);
  header.writeUInt32BE(requestId, 2);
  header.writeUInt32BE(announced, 6);
  return Buffer.concat([header, payload]);
}

/** payloadOf encodes a request of a user, with the trailer if the subject wants it in the body. */
export function payloadOf<I extends DescMessage, O extends DescMessage>(
  t: Trial,
  user: User,
  { input }: DescUnary<I, O>,
  request: MessageInitShape<I>,
): Buffer {
  const trailer = t.profile.session === "body" ? encodeTrailer(user.token) : new Uint8Array(0);
  return Buffer.concat([toBinary(input, create(input, request)), trailer]);
}

/** announcing is a frame whose payload_len is made `more` bytes greater. */
export function announcing(whole: Uint8Array, more: number): Buffer {
  const changed = Buffer.from(whole);
  changed.writeUInt32BE(changed.readUInt32BE(6) + more, 6);
  return changed;
}

/** requestVector reads a frame of vectors/frames/request.json. */
export function requestVector(name: string): Uint8Array {
  const id = `frames.request.${name}`;
  const vector = loadVectors("frames/request").vectors.find((one) => one.id === id);
  if (vector === undefined) throw new Error(`there is no vector ${id}`);
  return materialise(vector.bytes);
}

/** promptly sends a frame that is to be refused at once, not by a deadline. */
export function promptly(peer: Peer, bytes: Uint8Array): Promise<Reaction> {
  return peer.send(bytes, PROMPTLY_MS);
}

/** notStored checks that the default inbox of a user is empty. */
export async function notStored(t: Trial, user: User): Promise<void> {
  const queued = await peeked(user);
  t.check("not-stored", queued.length === 0, {
    expected: "an empty inbox",
    got: spellSeqs(queued),
  });
}
