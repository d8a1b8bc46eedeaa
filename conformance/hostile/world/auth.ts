// Registration and login, 100 to 103 (spec/services/auth.md), with the OPAQUE server of src/crypto.

import { randomBytes } from "node:crypto";
import { OpaqueError } from "../../../src/crypto/opaque/error.ts";
import {
  createRegistrationResponse,
  fakeRecord,
  generateKE2,
  serverFinish,
} from "../../../src/crypto/opaque/noble/server.ts";
import { credentialIdentifier, WIRE } from "../../../src/crypto/opaque/parameters.ts";
import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { answering, demand, type Handler, Refusal } from "./handler.ts";
import { addAccount, hex, same } from "./state.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart, opaqueLoginFinish } =
  AuthService.method;

const TOKEN_BYTES = 32;

export const AUTH: readonly Handler[] = [
  answering(opaqueRegisterStart, ({ username, request }, { state }) => {
    const name = credentialIdentifier(username);
    return {
      response: understood(() => createRegistrationResponse(state.setup, request, name)),
    };
  }),

  answering(opaqueRegisterFinish, ({ username, upload, identityKey }, { state }) => {
    demand(upload.length === WIRE.registrationUpload);
    demand(identityKey.length === 32);
    const key = hex(identityKey);
    const isTaken = state.accounts.has(username) || state.byKey.has(key);
    if (isTaken || state.revocations.has(key)) return { success: false };
    addAccount(state, username, identityKey, upload);
    return { success: true };
  }),

  answering(opaqueLoginStart, ({ username, request: ke1 }, { state, visitor }) => {
    const account = state.accounts.get(username);
    const record = account?.record ?? fakeRecord(state.setup.fakePublicKey);
    const { setup } = state;
    const name = credentialIdentifier(username);
    const login = understood(() => generateKE2({ setup, record, credentialIdentifier: name, ke1 }));
    visitor.pendingLogins.set(username, {
      account: account?.record && account,
      finish: (ke3) => void serverFinish(login.state, ke3),
    });
    return { response: login.ke2 };
  }),

  answering(opaqueLoginFinish, ({ username, finalization, identityKey }, { state, visitor }) => {
    const pending = visitor.pendingLogins.get(username);
    visitor.pendingLogins.delete(username);
    const account = pending?.account;
    demand(account !== undefined, Status.Unauthorized);
    understood(() => pending?.finish(finalization), Status.Unauthorized);
    demand(same(identityKey, account.identityKey), Status.Unauthorized);
    const sessionToken = new Uint8Array(randomBytes(TOKEN_BYTES));
    state.sessions.set(hex(sessionToken), account);
    visitor.bound = account;
    visitor.accepted.add(account);
    return { sessionToken };
  }),
];

function understood<T>(step: () => T, status: Status = Status.BadRequest): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof OpaqueError) throw new Refusal(status);
    throw error;
  }
}
