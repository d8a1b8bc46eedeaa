// Valid requests of registration and login.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk, newIdentityKey, newUsername } from "../../judge/account.ts";
import { BLINDED, KE1, RECORD } from "../opaque-literals.ts";
import type { Makers } from "./request.ts";

export const AUTH_REQUESTS: Makers = {
  OpaqueRegisterStart: async (t) => ({
    caller: await t.peer(),
    fields: { username: newUsername(), request: BLINDED },
  }),
  OpaqueRegisterFinish: async (t) => ({
    caller: await t.peer(),
    fields: { username: newUsername(), upload: RECORD, identityKey: newIdentityKey() },
  }),
  OpaqueLoginStart: async (t) => ({
    caller: await t.peer(),
    fields: { username: newUsername(), request: KE1 },
  }),
  OpaqueLoginFinish: async (t) => {
    const { account } = await t.user();
    const caller = await t.peer();
    const { username, identityKey } = account;
    const exchange = account.opaque.startLogin(account.password);
    const request = { username, request: exchange.ke1 };
    const start = await caller.call(AuthService.method.opaqueLoginStart, request);
    demandOk(start, "OpaqueLoginStart");
    const { finalization } = await exchange.finish(start.message().response);
    return { caller, fields: { username, finalization, identityKey } };
  },
};
