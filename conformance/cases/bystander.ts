// An account that a case needs to be there and nothing else.

import { AuthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk, newIdentityKey, newUsername } from "../judge/account.ts";
import type { Trial } from "../judge/trial.ts";
import { BLINDED, RECORD } from "./opaque-literals.ts";

/**
 * bystander registers an account that nobody logs in to, and answers its key. Its record is a literal,
 * which spares the judge an Argon2id.
 */
export async function bystander(t: Trial): Promise<Uint8Array> {
  const identityKey = newIdentityKey();
  const username = newUsername();
  const peer = await t.peer();
  const { opaqueRegisterStart, opaqueRegisterFinish } = AuthService.method;
  // A server that keeps state between the halves wants a start for every finish (C-109).
  await peer.call(opaqueRegisterStart, { username, request: BLINDED });
  const finish = { username, upload: RECORD, identityKey };
  demandOk(await peer.call(opaqueRegisterFinish, finish), "OpaqueRegisterFinish");
  return identityKey;
}
