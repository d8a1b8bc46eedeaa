// Registration and login at an honest server: what the SDK sends (spec/crypto/opaque.md, spec/services/auth.md).

import { createHash } from "node:crypto";
import { nobleClient } from "../../../src/crypto/opaque/noble/exchange.ts";
import { generateKE2, serverFinish } from "../../../src/crypto/opaque/noble/server.ts";
import { credentialIdentifier } from "../../../src/crypto/opaque/parameters.ts";
import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked, lie, refuse } from "../../hostile/world/bends.ts";
import { hex, same } from "../../hostile/world/state.ts";
import { arrive, OPS } from "../room.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart, opaqueLoginFinish } =
  AuthService.method;

export const honestCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-opaque.registration.honest",
    rules: ["auth.register-finish", "auth.messages"],
    sends: "honest answers to 100 to 103",
    expects: "ok: one account with the identity key of the reply, in messages of the right sizes",
    checks: ["account", "sizes"],
    ops: ["user.register"],
    async run(trial) {
      const { world, alice, aliceKey } = await arrive(trial);
      const account = world.state.accounts.get(alice.name);
      trial.check("account", account !== undefined && same(account.identityKey, aliceKey), {
        expected: `an account of ${alice.name} with key ${hex(aliceKey)}`,
        got: account ? hex(account.identityKey) : "no account",
      });
      const sizes = [
        ...asked(world, opaqueRegisterStart).map(({ request }) => request.length),
        ...asked(world, opaqueRegisterFinish).map(({ upload }) => upload.length),
        ...asked(world, opaqueLoginStart).map(({ request }) => request.length),
        ...asked(world, opaqueLoginFinish).map(({ finalization }) => finalization.length),
      ].join(", ");
      trial.check("sizes", sizes === "32, 192, 96, 64", {
        expected: "32, 192, 96, 64",
        got: sizes,
      });
    },
  }),

  defineClientCase({
    id: "client-opaque.login.honest",
    rules: ["auth.login"],
    sends: "honest answers to a further login",
    expects: "ok, and a session of the same account",
    checks: ["answer", "session"],
    ops: OPS.login,
    async run(trial) {
      const { world, alice } = await arrive(trial);
      const before = world.state.sessions.size;
      const reply = await alice.login();
      trial.check("answer", "ok" in reply, { expected: "ok", got: JSON.stringify(reply) });
      const opened = world.state.sessions.size - before;
      trial.check("session", opened >= 1, { expected: "a session", got: `${opened} sessions` });
    },
  }),

  defineClientCase({
    id: "client-opaque.parameters.record",
    rules: ["opaque.client-parameters"],
    sends: "honest answers to a registration",
    expects: "a record with which another client of the specified parameters logs in",
    checks: ["record"],
    ops: ["user.register"],
    async run(trial) {
      const { world, alice } = await arrive(trial);
      const record = world.state.accounts.get(alice.name)?.record ?? new Uint8Array(0);
      const login = nobleClient().startLogin(alice.password);
      const name = credentialIdentifier(alice.name);
      const { setup } = world.state;
      const got = await (async () => {
        const input = { setup, record, credentialIdentifier: name, ke1: login.ke1 };
        const { ke2, state } = generateKE2(input);
        const { finalization } = await login.finish(ke2);
        serverFinish(state, finalization);
        return "logged in";
      })().catch((error: Error) => error.message);
      trial.check("record", got === "logged in", { expected: "logged in", got });
    },
  }),

  defineClientCase({
    id: "client-opaque.parameters.same-username",
    rules: ["auth.same-username"],
    sends: "honest answers to 100 to 103",
    expects: "one and the same username in all four requests",
    checks: ["usernames"],
    ops: ["user.register"],
    async run(trial) {
      const { world, alice } = await arrive(trial);
      const names = [
        ...asked(world, opaqueRegisterStart),
        ...asked(world, opaqueRegisterFinish),
        ...asked(world, opaqueLoginStart),
        ...asked(world, opaqueLoginFinish),
      ].map(({ username }) => username);
      const isSame = names.length === 4 && names.every((name) => name === alice.name);
      trial.check("usernames", isSame, { expected: alice.name, got: names.join(", ") });
    },
  }),

  defineClientCase({
    id: "client-opaque.parameters.same-identity-key",
    rules: ["auth.session-identity"],
    sends: "honest answers to registration and login",
    expects: "the identity key of the registration at every login",
    checks: ["keys"],
    ops: OPS.login,
    async run(trial) {
      const { world, alice, aliceKey } = await arrive(trial);
      trial.ok(await alice.login(), "login");
      const keys = [...asked(world, opaqueRegisterFinish), ...asked(world, opaqueLoginFinish)];
      const isSame = keys.every(({ identityKey }) => same(identityKey, aliceKey));
      trial.check("keys", keys.length >= 3 && isSame, {
        expected: hex(aliceKey),
        got: keys.map(({ identityKey }) => hex(identityKey)).join(", "),
      });
    },
  }),

  defineClientCase({
    id: "client-opaque.parameters.fresh",
    rules: ["opaque.client-parameters"],
    sends: "honest answers to three logins",
    expects: "another blinded element, nonce and key share in every KE1",
    checks: ["fresh"],
    ops: OPS.login,
    async run(trial) {
      const { world, alice } = await arrive(trial);
      trial.ok(await alice.login(), "login");
      trial.ok(await alice.login(), "login");
      const parts = asked(world, opaqueLoginStart).flatMap(({ request }) => [
        hex(request.subarray(0, 32)),
        hex(request.subarray(32, 64)),
        hex(request.subarray(64)),
      ]);
      const different = new Set(parts).size;
      trial.check("fresh", parts.length >= 9 && different === parts.length, {
        expected: "no part twice",
        got: `${different} different of ${parts.length}`,
      });
    },
  }),

  defineClientCase({
    id: "client-opaque.password.not-on-the-wire",
    rules: ["opaque.client-password"],
    sends: "honest answers to registration, login and a login with a wrong password",
    expects: "no request with the password, its hexadecimal, base64 or hashed form",
    checks: ["wire"],
    ops: OPS.login,
    async run(trial) {
      const { world, alice } = await arrive(trial);
      const wrong = "a password of somebody else";
      await alice.login(wrong);
      trial.ok(await alice.login(), "login");
      const sent = Buffer.concat(world.requests.map(({ payload }) => payload));
      const found = [alice.password, wrong].flatMap(formsOf).filter((form) => sent.includes(form));
      trial.check("wire", found.length === 0, {
        expected: "no form of a password",
        got: found.map((form) => form.toString("hex")).join(", "),
      });
    },
  }),

  defineClientCase({
    id: "client-opaque.login.finish-refused",
    rules: ["auth.login-refused"],
    sends: "Unauthorized in answer to OpaqueLoginFinish",
    expects: "err opaque.auth or local.invalid, and a login at the honest server afterwards",
    checks: ["answer", "honest-afterwards"],
    twin: "client-opaque.login.honest",
    ops: OPS.login,
    async run(trial) {
      const { world, alice } = await arrive(trial);
      const undo = refuse(world, opaqueLoginFinish, Status.Unauthorized);
      trial.refused(await alice.login(), ["opaque.auth", "local.invalid"]);
      undo();
      const again = await alice.login();
      trial.check("honest-afterwards", "ok" in again, {
        expected: "ok",
        got: JSON.stringify(again),
      });
    },
  }),

  defineClientCase({
    id: "client-opaque.login.no-token",
    rules: ["auth.login"],
    sends: "Ok with an empty session_token in answer to OpaqueLoginFinish",
    expects: "an error, and a login at the honest server afterwards",
    checks: ["answer", "honest-afterwards"],
    twin: "client-opaque.login.honest",
    ops: OPS.login,
    async run(trial) {
      const { world, alice } = await arrive(trial);
      const undo = lie(world, opaqueLoginFinish, () => ({ sessionToken: new Uint8Array(0) }));
      trial.refused(await alice.login(), ["msg.decode", "opaque.auth", "local.invalid"]);
      undo();
      const again = await alice.login();
      trial.check("honest-afterwards", "ok" in again, {
        expected: "ok",
        got: JSON.stringify(again),
      });
    },
  }),
];

/** formsOf lists what a password must not be sent as. */
function formsOf(password: string): Buffer[] {
  const bytes = Buffer.from(password, "utf8");
  const hashes = ["sha1", "sha256", "sha512"].map((name) =>
    createHash(name).update(bytes).digest(),
  );
  const texts = [bytes.toString("hex"), bytes.toString("base64url"), bytes.toString("utf8")];
  return [
    ...texts.map((text) => Buffer.from(text, "utf8")),
    Buffer.from(password, "utf16le"),
    ...hashes,
    ...hashes.map((one) => Buffer.from(one.toString("hex"), "utf8")),
  ];
}
