// Finds out who calls (spec/sessions.md, I-12, I-13, I-22): a token in the body decides for its call
// alone, otherwise the session bound to the connection counts.

import { createHash, timingSafeEqual } from "node:crypto";
import type { Message } from "@bufbuild/protobuf";
import { type Method, needsSession } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { acceptSession, type Connection } from "./connection.ts";
import { demand, RpcError } from "./error.ts";
import type { Caller, LiveSession } from "./service.ts";
import { namedDevice, trailerOf } from "./trailer.ts";

/** SessionLookup answers the living session of a token hash (32 bytes). */
export type SessionLookup = (tokenHash: Uint8Array) => Promise<LiveSession | undefined>;

export interface Credentials {
  readonly sessions: SessionLookup;
  /** The static token of the operator (C-22); undefined when none is configured. */
  readonly operatorToken: string | undefined;
  /** isAdmin tells the identity keys that the configuration names as administrators (C-62). */
  readonly isAdmin: (identityKey: Uint8Array) => boolean;
  /** True where methods that are open with a sealed sender need no session (C-41). */
  readonly sealedSender: boolean;
  /**
   * bindDevice ties a session (its token hash) to a device, if that is registered and the session is not
   * bound yet. It answers the device that the session is bound to then, or none (C-103).
   */
  readonly bindDevice: (tokenHash: Uint8Array, deviceId: Uint8Array) => Promise<Uint8Array>;
}

/**
 * identify answers the caller of a method. Methods that need no session ignore every credential, even
 * an invalid one (I-13). It throws Unauthorized for a missing, unknown or expired session.
 */
export async function identify(
  method: Method,
  request: Message,
  connection: Connection,
  credentials: Credentials,
): Promise<Caller> {
  if (method.access === "PEER") return peerOrClient(connection, credentials);
  if (!needsSession(method)) return { kind: "nobody" };
  const token = trailerToken(request);
  if (token.length > 0) {
    const tokenHash = hashToken(token);
    if (isOperator(tokenHash, credentials.operatorToken)) return { kind: "operator" };
    return accept(await credentials.sessions(tokenHash), connection, credentials);
  }
  const sealed = credentials.sealedSender && method.openWithSealedSender;
  if (sealed && connection.binding === undefined) return { kind: "nobody" };
  return boundSession(connection, credentials);
}

/**
 * bindNamedDevice answers the caller of a call that was accepted: one whose session had no device is
 * bound to the registered device that its trailer names, once and for good [sessions.device].
 */
export async function bindNamedDevice(
  request: Message,
  caller: Caller,
  { bindDevice }: Credentials,
): Promise<Caller> {
  if (caller.kind !== "session" || caller.session.deviceId.length > 0) return caller;
  const named = namedDevice(request);
  if (named.length === 0) return caller;
  const deviceId = await bindDevice(caller.session.tokenHash, named);
  return { ...caller, session: { ...caller.session, deviceId } };
}

// I-13: calls between servers ignore the trailer; what a client is told depends on its binding alone.
async function peerOrClient(connection: Connection, credentials: Credentials): Promise<Caller> {
  if (connection.peerDomain === undefined) return boundSession(connection, credentials);
  return { kind: "peer", domain: connection.peerDomain };
}

async function boundSession(connection: Connection, credentials: Credentials): Promise<Caller> {
  demand(connection.binding !== undefined, Status.Unauthorized, "sessions.unauthorized");
  return accept(await credentials.sessions(connection.binding), connection, credentials);
}

/** hashToken is the only form in which a token is kept (C-112). */
export function hashToken(token: Uint8Array): Uint8Array {
  return createHash("sha256").update(token).digest();
}

function accept(
  session: LiveSession | undefined,
  connection: Connection,
  { isAdmin }: Credentials,
): Caller {
  demand(session !== undefined, Status.Unauthorized, "sessions.unauthorized");
  acceptSession(connection, session);
  return { kind: "session", session, admin: isAdmin(session.identityKey) };
}

function trailerToken(request: Message): Uint8Array {
  try {
    return trailerOf(request)?.accessToken ?? new Uint8Array(0);
  } catch {
    throw new RpcError(Status.BadRequest, "framing.undecodable-payload");
  }
}

function isOperator(tokenHash: Uint8Array, operatorToken: string | undefined): boolean {
  if (operatorToken === undefined) return false;
  return timingSafeEqual(tokenHash, hashToken(new TextEncoder().encode(operatorToken)));
}
