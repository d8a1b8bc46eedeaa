// Accounts of the judge: names and keys from the system's randomness, OPAQUE by our own implementation
// on noble (spec/crypto/opaque.md).

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { OpaqueError } from "../../src/crypto/opaque/error.ts";
import type { OpaqueClient } from "../../src/crypto/opaque/exchange.ts";
import { argon2idKsf, type Ksf } from "../../src/crypto/opaque/ksf.ts";
import { nobleClient } from "../../src/crypto/opaque/noble/exchange.ts";
import { AuthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../src/registry/statuses.ts";
import { PrerequisiteFailed } from "./errors.ts";
import type { Answer, CallOptions, Peer } from "./peer.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart, opaqueLoginFinish } =
  AuthService.method;

export interface Account {
  readonly username: string;
  readonly password: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly opaque: OpaqueClient;
}

const RUN = randomBytes(5).toString("hex");
let lastAccount = 0;

/** newUsername makes a name that no server has seen (C-108: lower-case letters, digits, hyphen). */
export function newUsername(): string {
  lastAccount += 1;
  return `qpct-${RUN}-${lastAccount}`;
}

/** newIdentityKey makes an Ed25519 public key of 32 bytes. */
export function newIdentityKey(): Uint8Array {
  const { publicKey } = generateKeyPairSync("ed25519");
  return publicKey.export({ format: "der", type: "spki" }).subarray(-32);
}

/** newAccount makes an account that is not registered yet. */
export function newAccount(parts: Partial<Account> = {}): Account {
  return {
    username: newUsername(),
    password: randomBytes(9).toString("base64url"),
    identityKey: newIdentityKey(),
    opaque: nobleClient(remembering(argon2idKsf)),
    ...parts,
  };
}

/** register runs 100 and 101 and answers the last answer. */
export async function register(peer: Peer, account: Account) {
  return peer.call(opaqueRegisterFinish, await beginRegistration(peer, account));
}

/** beginRegistration runs 100 and answers the request of 101. */
export async function beginRegistration(peer: Peer, { username, password, ...account }: Account) {
  const exchange = account.opaque.startRegistration(password);
  const start = await peer.call(opaqueRegisterStart, { username, request: exchange.request });
  demandOk(start, "OpaqueRegisterStart");
  const { upload } = await opened("OpaqueRegisterStart", exchange.finish(start.message().response));
  return { username, upload, identityKey: account.identityKey };
}

/** login runs 102 and 103 and answers the last answer. The password must be right. */
export async function login(peer: Peer, account: Account, options?: CallOptions) {
  return peer.call(opaqueLoginFinish, await beginLogin(peer, account, options), options);
}

/** beginLogin runs 102 and answers the request of 103. The password must be right. */
export async function beginLogin(
  peer: Peer,
  { username, password, ...account }: Account,
  options?: CallOptions,
) {
  const exchange = account.opaque.startLogin(password);
  const start = await peer.call(opaqueLoginStart, { username, request: exchange.ke1 }, options);
  demandOk(start, "OpaqueLoginStart");
  const { finalization } = await opened(
    "OpaqueLoginStart",
    exchange.finish(start.message().response),
  );
  return { username, finalization, identityKey: account.identityKey };
}

/** opened awaits what the right password opens: when it does not, the subject is at fault (C-26). */
export async function opened<T>(step: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof OpaqueError)) throw error;
    const guess = "the OPAQUE parameters differ, or it was made from another record";
    throw new PrerequisiteFailed(`${step}: its answer cannot be used; ${guess} (${error.message})`);
  }
}

/** demandOk throws unless an answer that a case merely needs on its way is Ok. */
export function demandOk(answer: Answer, step: string): void {
  if (answer.status === Status.Ok) return;
  const code = answer.code ? ` (${answer.code})` : "";
  throw new PrerequisiteFailed(`${step} answered status ${answer.status}${code}, needed Ok`);
}

// The stretched value depends on the password and the server's OPRF key alone, so one account pays for
// Argon2id once.
function remembering(ksf: Ksf): Ksf {
  const known = new Map<string, Promise<Uint8Array>>();
  return async (oprfOutput) => {
    const key = Buffer.from(oprfOutput).toString("hex");
    const stretched = known.get(key) ?? ksf(oprfOutput);
    known.set(key, stretched);
    return (await stretched).slice();
  };
}
