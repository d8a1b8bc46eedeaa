// Finds out who calls (spec/sessions.md, I-12, I-13, I-22): a token in the body decides for its call
// alone, otherwise the session bound to the connection counts.

import { createHash, timingSafeEqual } from "node:crypto";
import { fromBinary, type Message } from "@bufbuild/protobuf";
import { SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";
import { type Method, needsSession } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { acceptSession, type Connection } from "./connection.ts";
import { demand, RpcError } from "./error.ts";
import type { Caller, LiveSession } from "./service.ts";

/** SessionLookup answers the living session of a token hash (32 bytes). */
export type SessionLookup = (tokenHash: Uint8Array) => Promise<LiveSession | undefined>;

export interface Credentials {
  readonly sessions: SessionLookup;
  /** The static token of the operator (C-22); undefined when none is configured. */
  readonly operatorToken: string | undefined;
}

/** SessionTrailer.auth has this tag in every request message (C-20). */
const TRAILER_FIELD = 15;

/**
 * identify answers the caller of a method. Methods that need no session ignore every credential, even
 * an invalid one (I-13). It throws Unauthorized for a missing, unknown or expired session.
 */
export async function identify(
  method: Method,
  request: Message,
  payload: Uint8Array,
  connection: Connection,
  credentials: Credentials,
): Promise<Caller> {
  if (!needsSession(method)) return { kind: "nobody" };
  const token = trailerToken(request, payload);
  if (token.length > 0) {
    const tokenHash = hashToken(token);
    if (isOperator(tokenHash, credentials.operatorToken)) return { kind: "operator" };
    return accept(await credentials.sessions(tokenHash), connection);
  }
  demand(connection.binding !== undefined, Status.Unauthorized, "sessions.unauthorized");
  return accept(await credentials.sessions(connection.binding), connection);
}

/** hashToken is the only form in which a token is kept (C-112). */
export function hashToken(token: Uint8Array): Uint8Array {
  return createHash("sha256").update(token).digest();
}

function accept(session: LiveSession | undefined, connection: Connection): Caller {
  demand(session !== undefined, Status.Unauthorized, "sessions.unauthorized");
  acceptSession(connection, session);
  return { kind: "session", session };
}

// No request message has a field 15, so a trailer is among the unknown fields; only then are the
// bytes decoded a second time.
function trailerToken(request: Message, payload: Uint8Array): Uint8Array {
  if (!request.$unknown?.some(({ no }) => no === TRAILER_FIELD)) return new Uint8Array(0);
  try {
    return fromBinary(SessionTrailerSchema, payload).auth?.accessToken ?? new Uint8Array(0);
  } catch {
    throw new RpcError(Status.BadRequest, "framing.undecodable-payload");
  }
}

function isOperator(tokenHash: Uint8Array, operatorToken: string | undefined): boolean {
  if (operatorToken === undefined) return false;
  return timingSafeEqual(tokenHash, hashToken(new TextEncoder().encode(operatorToken)));
}
