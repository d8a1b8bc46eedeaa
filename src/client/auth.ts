// Registration and login (spec/services/auth.md) with OPAQUE (spec/crypto/opaque.md). The password
// stays here; the server sees neither it nor anything it could be guessed from offline.

import { OpaqueError } from "../crypto/opaque/error.ts";
import { WIRE } from "../crypto/opaque/parameters.ts";
import { serenityClient } from "../crypto/opaque/serenity/client.ts";
import { AuthService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";
import { CallError, type CallOptions } from "./call.ts";
import { createClient } from "./client.ts";

/**
 * AuthFault says why there is no account or no session:
 * - `taken`: the username or the identity key is registered already
 * - `refused`: password, username and identity key do not belong together, or the server could not
 *   prove that it knows the account; nobody can tell which
 * - `malformed`: the server's answer is no OPAQUE message, or no session token
 */
export type AuthFault = "taken" | "refused" | "malformed";

/** AuthError: the account was not made, or the session not opened. */
export class AuthError extends Error {
  override name = "AuthError";
  readonly fault: AuthFault;
  constructor(fault: AuthFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** What a server answers that has carried out nothing; the other statuses may come after the fact. */
const BEFORE_THE_FACT: readonly Status[] = [
  Status.BadRequest,
  Status.Unauthorized,
  Status.Forbidden,
  Status.NotFound,
  Status.RateLimited,
  Status.UnknownMethod,
];

/**
 * isRefusedRegistration is true for an error of `register` after which there is surely no account of this
 * key. After any other, its private key may be the only one of an account, and has to be kept.
 */
export function isRefusedRegistration(error: unknown): boolean {
  if (error instanceof AuthError) return error.fault === "taken";
  if (!(error instanceof CallError)) return false;
  if (error.method === AuthService.method.opaqueRegisterStart.name) return true;
  const isFinish = error.method === AuthService.method.opaqueRegisterFinish.name;
  return isFinish && BEFORE_THE_FACT.includes(error.status);
}

const TOKEN_BYTES = 32;
const opaque = serenityClient();

/**
 * register makes an account. `password` is any text, `identityKey` an Ed25519 public key (32 bytes).
 * It throws AuthError, CallError (BadRequest for an impossible username, RateLimited), and the errors
 * of the connection; after those the account may exist nevertheless.
 */
export async function register(
  caller: Caller,
  username: string,
  password: string,
  identityKey: Uint8Array,
  options?: CallOptions,
): Promise<void> {
  const auth = createClient(AuthService, caller);
  const exchange = opaque.startRegistration(password);
  const { response } = await auth.opaqueRegisterStart(
    { username, request: exchange.request },
    options,
  );
  const { upload } = await understood(response, WIRE.registrationResponse, exchange.finish);
  const { success } = await auth.opaqueRegisterFinish({ username, upload, identityKey }, options);
  if (!success) throw new AuthError("taken", "the username or the identity key is taken");
}

/**
 * logIn opens a session and answers its token (32 bytes); the connection is bound to it besides
 * [sessions.binding]. `identityKey` is the one that was registered. It throws as register does. One
 * login at a time per username and connection (I-15).
 */
export async function logIn(
  caller: Caller,
  username: string,
  password: string,
  identityKey: Uint8Array,
  options?: CallOptions,
): Promise<Uint8Array> {
  const auth = createClient(AuthService, caller);
  const exchange = opaque.startLogin(password);
  const start = { username, request: exchange.ke1 };
  const { response } = await auth.opaqueLoginStart(start, options);
  // [opaque.client-verifies]: when this throws, no OpaqueLoginFinish is sent.
  const { finalization } = await understood(response, WIRE.ke2, exchange.finish);
  try {
    const finish = { username, finalization, identityKey };
    const { sessionToken } = await auth.opaqueLoginFinish(finish, options);
    if (sessionToken.length === TOKEN_BYTES) return sessionToken.slice();
  } catch (error) {
    if (!(error instanceof CallError) || error.status !== Status.Unauthorized) throw error;
    throw refused(error);
  }
  throw new AuthError("malformed", `the session token has not ${TOKEN_BYTES} bytes`);
}

async function understood<T>(
  response: Uint8Array,
  length: number,
  finish: (response: Uint8Array) => Promise<T>,
): Promise<T> {
  try {
    return await finish(response);
  } catch (error) {
    if (!(error instanceof OpaqueError) || error.fault === "backend") throw error;
    if (error.fault === "login") throw refused(error);
    const message = `the server's answer is no OPAQUE message of ${length} bytes`;
    throw new AuthError("malformed", message, { cause: error });
  }
}

function refused(cause: Error): AuthError {
  return new AuthError(
    "refused",
    "login refused: password, username and identity key do not belong together",
    { cause },
  );
}
