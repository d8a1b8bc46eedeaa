// How a service is written and composed: a handler per rpc of its descriptor.

import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { GenService, GenServiceMethods } from "@bufbuild/protobuf/codegenv2";
import { type Method, methodOf } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import type { Connection } from "./connection.ts";
import { demand } from "./error.ts";

/** LiveSession is what storage answers for a token that is known and not expired. */
export interface LiveSession {
  readonly tokenHash: Uint8Array;
  readonly identityKey: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly expiresAt: number;
}

/** Caller is who makes a call, after the credential was looked at (spec/sessions.md). */
export type Caller =
  | { readonly kind: "nobody" }
  | { readonly kind: "operator" }
  /** A server that authenticated by mutual TLS on the federation listener (C-70). */
  | { readonly kind: "peer"; readonly domain: string }
  | {
      readonly kind: "session";
      readonly session: LiveSession;
      /** True when the key of the session is an administrator's (C-62). */
      readonly admin: boolean;
    };

/** Call is what a handler knows beside the request. */
export interface Call {
  readonly method: Method;
  readonly caller: Caller;
  readonly connection: Connection;
  /** signal answers one that is aborted when the client gives up, the connection ends or time is up. */
  readonly signal: () => AbortSignal;
}

/** Handlers is one handler per rpc; a service that lacks one does not compile. */
export type Handlers<M extends GenServiceMethods> = {
  readonly [K in keyof M]: (
    request: MessageShape<M[K]["input"]>,
    call: Call,
  ) => Promise<MessageInitShape<M[K]["output"]>>;
};

// The dispatch seam: request and answer types are fixed by the descriptor of the same row, which
// the type system cannot follow through a table.
export type AnyHandler = (request: never, call: Call) => Promise<object>;

export interface ComposedMethod {
  readonly method: Method;
  readonly handle: AnyHandler;
  /** True for a long poll, which bounds itself and is exempt from the RPC timeout (C-16). */
  readonly longPoll: boolean;
}

/** compose ties handlers to their methods; `longPolls` are exempt from the RPC timeout. */
export function compose<M extends GenServiceMethods>(
  service: GenService<M>,
  handlers: Handlers<M>,
  longPolls: readonly (keyof M)[] = [],
): ComposedMethod[] {
  return service.methods.map((descriptor) => ({
    method: methodOf(descriptor),
    handle: handlers[descriptor.localName as keyof M] as AnyHandler,
    longPoll: longPolls.includes(descriptor.localName),
  }));
}

/** callerSession is the session of the call; it refuses everybody else with Unauthorized. */
export function callerSession(call: Call): LiveSession {
  demand(call.caller.kind === "session", Status.Unauthorized, "sessions.unauthorized");
  return call.caller.session;
}
