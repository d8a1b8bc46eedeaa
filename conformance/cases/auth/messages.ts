// The messages of 100 to 103 byte by byte, tags spelled by hand: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin, newIdentityKey, newUsername } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { hex } from "../bytes.ts";
import { GENERATOR, ke1Of, uploadOf } from "./steps.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart, opaqueLoginFinish } =
  AuthService.method;

const messageCase = (spec: Omit<CaseSpec, "rules">): Case =>
  defineCase({
    rules: ["auth.messages", "opaque.wire-sizes"],
    features: ["auth"],
    checks: ["answer", "bytes"],
    ...spec,
  });

export const messageCases: readonly Case[] = [
  messageCase({
    id: "auth.messages.register-start",
    sends: "0a username, 12 20 request",
    expects: "0a 40 and 64 bytes",
    async run(t) {
      const peer = await t.peer();
      const payload = Buffer.concat([name("0a", newUsername()), hex("1220"), GENERATOR]);
      answered(t, await peer.callBytes(opaqueRegisterStart, payload), "0a40", 64);
    },
  }),

  messageCase({
    id: "auth.messages.register-finish",
    sends: "0a username, 12 c0 01 upload, 1a 20 identity_key",
    expects: "08 01",
    async run(t) {
      const peer = await t.peer();
      const username = newUsername();
      await peer.call(opaqueRegisterStart, { username, request: GENERATOR });
      const [upload, key] = [uploadOf(t), newIdentityKey()];
      const payload = [name("0a", username), hex("12c001"), upload, hex("1a20"), key];
      const answer = await peer.callBytes(opaqueRegisterFinish, Buffer.concat(payload));
      answered(t, answer, "0801", 0);
    },
  }),

  messageCase({
    id: "auth.messages.login-start",
    sends: "0a username, 12 60 request",
    expects: "0a c0 02 and 320 bytes",
    async run(t) {
      const peer = await t.peer();
      const payload = Buffer.concat([name("0a", newUsername()), hex("1260"), ke1Of(t)]);
      answered(t, await peer.callBytes(opaqueLoginStart, payload), "0ac002", 320);
    },
  }),

  messageCase({
    id: "auth.messages.login-finish",
    sends: "0a username, 12 40 finalization, 1a 20 identity_key",
    expects: "0a 20 and 32 bytes",
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const { username, finalization, identityKey } = await beginLogin(peer, account);
      const payload = [name("0a", username), hex("1240"), finalization, hex("1a20"), identityKey];
      const answer = await peer.callBytes(opaqueLoginFinish, Buffer.concat(payload));
      answered(t, answer, "0a20", 32);
    },
  }),
];

// A string of less than 128 bytes with its tag.
function name(tag: string, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([hex(tag), Buffer.of(bytes.length), bytes]);
}

function answered(t: Trial, answer: Answer, start: string, length: number): void {
  t.status(answer, Status.Ok);
  const got = Buffer.from(answer.payload);
  const head = got.subarray(0, start.length / 2).toString("hex");
  t.check("bytes", head === start && got.length === start.length / 2 + length, {
    expected: `${start} and ${length} bytes`,
    got: `${head} and ${got.length - start.length / 2} bytes`,
  });
}
