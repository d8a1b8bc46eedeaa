// Steps and bytes that the cases of registration, login, OPAQUE and sessions share.

import type { OpaqueRegisterFinishResponseSchema } from "../../../src/gen/qpc/v1/auth_pb.ts";
import { AuthService, DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { newIdentityKey, newUsername } from "../../judge/account.ts";
import type { Answer, CallOptions, Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { hex } from "../bytes.ts";

const { opaqueRegisterFinish, opaqueLoginFinish } = AuthService.method;

/** GENERATOR of ristretto255 (RFC 9496 appendix A.1), the element of cases that hide nothing in it. */
export const GENERATOR = hex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76");

/** ke1Of is a KE1 (96 bytes) around a blinded element; nobody can open its answer. */
export function ke1Of(t: Trial, element: Uint8Array = GENERATOR): Uint8Array {
  return Buffer.concat([element, t.bytes(32, "client nonce"), GENERATOR]);
}

/** uploadOf is a record (192 bytes) around a client public key; no password opens it. */
export function uploadOf(t: Trial, clientKey: Uint8Array = GENERATOR): Uint8Array {
  return Buffer.concat([clientKey, t.bytes(160, "masking key and envelope")]);
}

/** flipped is a copy with the lowest bit of one byte inverted; a negative index counts from the end. */
export function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = index < 0 ? bytes.length + index : index;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** same tells whether two byte arrays are equal. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** spell writes bytes for evidence. */
export function spell(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex") || "nothing";
}

/** readInbox fetches the default inbox of a key: Ok, if the caller owns it. */
export function readInbox(caller: Pick<Peer, "call">, key: Uint8Array, options?: CallOptions) {
  return caller.call(DeliveryService.method.fetch, { recipientKey: key }, options);
}

/** enterUnused registers a new name with a new key and a record that nobody can open. */
export function enterUnused(t: Trial, peer: Peer, options?: CallOptions) {
  const request = { username: newUsername(), upload: uploadOf(t), identityKey: newIdentityKey() };
  return peer.call(opaqueRegisterFinish, request, options);
}

/** guessProof ends a login with a finalization that is none. */
export function guessProof(t: Trial, peer: Peer, username: string, options?: CallOptions) {
  const finalization = t.bytes(64, "no proof");
  const request = { username, finalization, identityKey: newIdentityKey() };
  return peer.call(opaqueLoginFinish, request, options);
}

/** RegisterAnswer is what 101 answers. */
export type RegisterAnswer = Answer<typeof OpaqueRegisterFinishResponseSchema>;

/** isRegistered is false for both ways to refuse a registration (C-27). */
export function isRegistered(answer: RegisterAnswer): boolean {
  return answer.status === Status.Ok && answer.message().success;
}

/** spellRegistration says what came of a registration. */
export function spellRegistration(answer: RegisterAnswer): string {
  if (answer.status !== Status.Ok) return statusName(answer.status);
  return `success = ${answer.message().success}`;
}
