// Who makes a call (spec/sessions.md): the token in the body decides, otherwise the binding.

import { fromBinary } from "@bufbuild/protobuf";
import { SessionTrailerSchema } from "../../../src/gen/qpc/v1/common_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { Refusal, type Visitor } from "./handler.ts";
import { type Account, hex, type WorldState } from "./state.ts";

/** sessionOf answers the account that a call is made by; undefined where none is shown. It throws Refusal. */
export function sessionOf(
  state: WorldState,
  visitor: Visitor,
  payload: Uint8Array,
): Account | undefined {
  const token = tokenIn(payload);
  if (token === undefined || token.length === 0) return visitor.bound;
  const account = state.sessions.get(hex(token));
  if (account === undefined) throw new Refusal(Status.Unauthorized);
  visitor.accepted.add(account);
  return account;
}

function tokenIn(payload: Uint8Array): Uint8Array | undefined {
  try {
    return fromBinary(SessionTrailerSchema, payload).auth?.accessToken;
  } catch {
    throw new Refusal(Status.BadRequest);
  }
}
