// A server that answers OpaqueRegisterStart and OpaqueRegisterFinish wrongly (spec/services/auth.md).

import { publicKeyOf, randomScalar } from "../../../src/crypto/opaque/noble/oprf.ts";
import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked, lie, refuse } from "../../hostile/world/bends.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginFinish } = AuthService.method;

const OPS = ["user.register"];
const MALFORMED: readonly ErrorClass[] = ["opaque.auth", "msg.decode"];

interface Tampering {
  readonly id: string;
  readonly sends: string;
  change(response: Uint8Array): Uint8Array;
}

const with32 = (response: Uint8Array, at: number, byte: number) => {
  const copy = Uint8Array.from(response);
  copy.fill(byte, at, at + 32);
  return copy;
};

const MALFORMED_RESPONSES: readonly Tampering[] = [
  {
    id: "element-malformed",
    sends: "32 bytes of ff for the evaluated element",
    change: (response) => with32(response, 0, 0xff),
  },
  {
    id: "element-identity",
    sends: "the identity, 32 zero bytes, for the evaluated element",
    change: (response) => with32(response, 0, 0),
  },
  { id: "one-byte-short", sends: "63 bytes", change: (response) => response.slice(0, -1) },
  {
    id: "one-byte-long",
    sends: "65 bytes",
    change: (response) => new Uint8Array([...response, 0]),
  },
  { id: "empty", sends: "an empty response", change: () => new Uint8Array(0) },
  {
    id: "element-alone",
    sends: "the evaluated element alone, 32 bytes",
    change: (response) => response.slice(0, 32),
  },
];

const malformed = MALFORMED_RESPONSES.map(({ id, sends, change }) =>
  defineClientCase({
    id: `client-opaque.registration.${id}`,
    rules: ["opaque.client-parameters", "opaque.wire-sizes"],
    sends: `${sends} in answer to OpaqueRegisterStart`,
    expects: "err opaque.auth or msg.decode, and no OpaqueRegisterFinish",
    checks: ["answer", "no-finish"],
    twin: "client-opaque.registration.honest",
    ops: OPS,
    async run(trial) {
      const world = await trial.world();
      const alice = await trial.user(world);
      lie(world, opaqueRegisterStart, async ({ honest }) => ({
        response: change((await honest()).response),
      }));
      trial.refused(await register(alice), MALFORMED);
      const starts = asked(world, opaqueRegisterStart).length;
      const finishes = asked(world, opaqueRegisterFinish).length;
      trial.check("no-finish", starts > 0 && finishes === 0, {
        expected: "OpaqueRegisterStart, and no OpaqueRegisterFinish",
        got: `${starts} OpaqueRegisterStart, ${finishes} OpaqueRegisterFinish`,
      });
    },
  }),
);

/** Faults at registration that show at the first login only. */
const LATE: readonly Tampering[] = [
  {
    id: "element-other",
    sends: "another group element than the evaluated one at registration",
    change: (response) => {
      const copy = Uint8Array.from(response);
      copy.set(publicKeyOf(randomScalar()));
      return copy;
    },
  },
  {
    id: "public-key-other",
    sends: "another public key of the server at registration than at login",
    change: (response) => {
      const copy = Uint8Array.from(response);
      copy.set(publicKeyOf(randomScalar()), 32);
      return copy;
    },
  },
];

const late = LATE.map(({ id, sends, change }) =>
  defineClientCase({
    id: `client-opaque.registration.${id}`,
    rules: ["opaque.client-verifies"],
    sends,
    expects: "err opaque.auth at the login, and no OpaqueLoginFinish",
    checks: ["answer", "no-finish"],
    twin: "client-opaque.registration.honest",
    ops: OPS,
    async run(trial) {
      const world = await trial.world();
      const alice = await trial.user(world);
      lie(world, opaqueRegisterStart, async ({ honest }) => ({
        response: change((await honest()).response),
      }));
      trial.refused(await register(alice), "opaque.auth");
      const starts = asked(world, opaqueRegisterStart).length;
      const finishes = asked(world, opaqueLoginFinish).length;
      trial.check("no-finish", starts > 0 && finishes === 0, {
        expected: "OpaqueRegisterStart, and no OpaqueLoginFinish",
        got: `${starts} OpaqueRegisterStart, ${finishes} OpaqueLoginFinish`,
      });
    },
  }),
);

const register = (alice: { readonly name: string; readonly password: string; ask: Ask }) =>
  alice.ask("user.register", { username: alice.name, password: alice.password });

type Ask = import("../../client/sdk.ts").SdkUser["ask"];

const REFUSALS = [
  { id: "start-refused", method: opaqueRegisterStart, status: Status.BadRequest },
  { id: "start-limited", method: opaqueRegisterStart, status: Status.RateLimited },
  { id: "finish-refused", method: opaqueRegisterFinish, status: Status.BadRequest },
] as const;

const refusals = REFUSALS.map(({ id, method, status }) =>
  defineClientCase({
    id: `client-opaque.registration.${id}`,
    rules: ["auth.register-finish"],
    sends: `status ${status} in answer to ${method.name}`,
    expects: "err local.invalid, and no login",
    checks: ["answer", "no-login"],
    twin: "client-opaque.registration.honest",
    ops: OPS,
    async run(trial) {
      const world = await trial.world();
      const alice = await trial.user(world);
      if (method === opaqueRegisterStart) refuse(world, opaqueRegisterStart, status);
      else refuse(world, opaqueRegisterFinish, status);
      trial.refused(await register(alice), "local.invalid");
      const starts = asked(world, opaqueRegisterStart).length;
      const logins = asked(world, opaqueLoginFinish).length;
      trial.check("no-login", starts > 0 && logins === 0, {
        expected: "OpaqueRegisterStart, and no login",
        got: `${starts} OpaqueRegisterStart, ${logins} logins`,
      });
    },
  }),
);

export const registrationCases: readonly ClientCase[] = [
  ...malformed,
  ...late,
  ...refusals,

  defineClientCase({
    id: "client-opaque.registration.taken",
    rules: ["auth.username-taken"],
    sends: "success = false in answer to OpaqueRegisterFinish: the name is somebody else's",
    expects: "err local.invalid, and no session",
    checks: ["answer", "no-session"],
    twin: "client-opaque.registration.honest",
    ops: OPS,
    async run(trial) {
      const world = await trial.world();
      const first = await trial.user(world);
      await first.register();
      const second = await trial.user(world, `${first.name}-again`);
      const args = { username: first.name, password: "another password" };
      // Somebody who lost an answer may try to log in first, and is refused there.
      trial.refused(await second.ask("user.register", args), ["local.invalid", "opaque.auth"]);
      const sessions = world.state.sessions.size;
      trial.check("no-session", sessions === 1, { expected: "1 session", got: `${sessions}` });
    },
  }),
];
