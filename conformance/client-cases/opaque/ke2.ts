// A server that answers OpaqueLoginStart with another KE2 than the honest one (spec/crypto/opaque.md).

import { publicKeyOf, randomScalar } from "../../../src/crypto/opaque/noble/oprf.ts";
import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodById } from "../../../src/registry/methods.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { newServerSetup } from "../../hostile/world/auth-setup.ts";
import { flipped, lie } from "../../hostile/world/bends.ts";
import { arrive, type Guest, OPS } from "../room.ts";

const { opaqueLoginStart, opaqueLoginFinish } = AuthService.method;

const REFUSED: readonly ErrorClass[] = ["opaque.auth"];
const MALFORMED: readonly ErrorClass[] = ["opaque.auth", "msg.decode"];

interface Tampering {
  readonly id: string;
  readonly sends: string;
  readonly classes: readonly ErrorClass[];
  change(ke2: Uint8Array): Uint8Array;
}

/** with replaces bytes at an offset. */
function replaced(ke2: Uint8Array, at: number, by: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(ke2);
  copy.set(by, at);
  return copy;
}

const element = () => publicKeyOf(randomScalar());

const TAMPERINGS: readonly Tampering[] = [
  {
    id: "evaluated-element-other",
    sends: "another group element than the evaluated one",
    classes: REFUSED,
    change: (ke2) => replaced(ke2, 0, element()),
  },
  {
    id: "evaluated-element-malformed",
    sends: "32 bytes of ff for the evaluated element",
    classes: MALFORMED,
    change: (ke2) => replaced(ke2, 0, new Uint8Array(32).fill(0xff)),
  },
  {
    id: "evaluated-element-identity",
    sends: "the identity, 32 zero bytes, for the evaluated element",
    classes: MALFORMED,
    change: (ke2) => replaced(ke2, 0, new Uint8Array(32)),
  },
  {
    id: "masking-nonce",
    sends: "a masking nonce with one bit changed",
    classes: REFUSED,
    change: (ke2) => flipped(ke2, 32),
  },
  {
    id: "masked-public-key",
    sends: "a masked response with one bit of the server's public key changed",
    classes: MALFORMED,
    change: (ke2) => flipped(ke2, 64),
  },
  {
    id: "masked-envelope-nonce",
    sends: "a masked response with one bit of the envelope's nonce changed",
    classes: REFUSED,
    change: (ke2) => flipped(ke2, 96),
  },
  {
    id: "masked-envelope-tag",
    sends: "a masked response with the last bit of the envelope's tag changed",
    classes: REFUSED,
    change: (ke2) => flipped(ke2, 191),
  },
  {
    id: "server-nonce",
    sends: "a server nonce with one bit changed",
    classes: REFUSED,
    change: (ke2) => flipped(ke2, 192),
  },
  {
    id: "key-share-other",
    sends: "another key share of the server",
    classes: REFUSED,
    change: (ke2) => replaced(ke2, 224, element()),
  },
  {
    id: "key-share-malformed",
    sends: "32 bytes of ff for the server's key share",
    classes: MALFORMED,
    change: (ke2) => replaced(ke2, 224, new Uint8Array(32).fill(0xff)),
  },
  {
    id: "key-share-identity",
    sends: "the identity, 32 zero bytes, for the server's key share",
    classes: MALFORMED,
    change: (ke2) => replaced(ke2, 224, new Uint8Array(32)),
  },
  {
    id: "mac-first-bit",
    sends: "a server MAC with its first bit changed",
    classes: REFUSED,
    change: (ke2) => flipped(ke2, 256, 0x80),
  },
  {
    id: "mac-last-bit",
    sends: "a server MAC with its last bit changed",
    classes: REFUSED,
    change: (ke2) => flipped(ke2, 319),
  },
  {
    id: "mac-zero",
    sends: "a server MAC of 64 zero bytes",
    classes: REFUSED,
    change: (ke2) => replaced(ke2, 256, new Uint8Array(64)),
  },
  {
    id: "one-byte-short",
    sends: "a KE2 of 319 bytes",
    classes: MALFORMED,
    change: (ke2) => ke2.slice(0, -1),
  },
  {
    id: "one-byte-long",
    sends: "a KE2 with one byte added",
    classes: MALFORMED,
    change: (ke2) => new Uint8Array([...ke2, 0]),
  },
  { id: "empty", sends: "an empty KE2", classes: MALFORMED, change: () => new Uint8Array(0) },
  {
    id: "registration-response",
    sends: "the answer to a registration, 64 bytes, instead of KE2",
    classes: MALFORMED,
    change: (ke2) => ke2.slice(0, 64),
  },
];

const EXPECTED =
  "err opaque.auth, no OpaqueLoginFinish, and a login at the honest server afterwards";

/** refusesLogin checks the refusal, that nothing was sent after it, and a login at the honest server. */
async function refusesLogin(
  { trial, world, alice }: Guest,
  undo: () => void,
  classes: readonly ErrorClass[],
  password?: string,
): Promise<void> {
  const [start, finish] = [opaqueLoginStart, opaqueLoginFinish].map(({ name }) => name);
  const before = world.requests.length;
  trial.refused(await alice.login(password), classes);
  const names = world.requests.slice(before).map(({ method }) => methodById(method)?.name);
  trial.check("no-finish", names.includes(start) && !names.includes(finish), {
    expected: `${start}, and no ${finish}`,
    got: names.join(", ") || "no request",
  });
  undo();
  const again = await alice.login();
  trial.check("honest-afterwards", "ok" in again, { expected: "ok", got: JSON.stringify(again) });
}

const CHECKS = ["answer", "no-finish", "honest-afterwards"];

const tamperings = TAMPERINGS.map(({ id, sends, classes, change }) =>
  defineClientCase({
    id: `client-opaque.ke2.${id}`,
    rules: ["opaque.client-verifies"],
    sends: `${sends}, and the rest of KE2 as it should be`,
    expects: EXPECTED,
    checks: CHECKS,
    twin: "client-opaque.login.honest",
    ops: OPS.login,
    async run(trial) {
      const guest = await arrive(trial);
      const undo = lie(guest.world, opaqueLoginStart, async ({ honest }) => ({
        response: change((await honest()).response),
      }));
      await refusesLogin(guest, undo, classes);
    },
  }),
);

export const ke2Cases: readonly ClientCase[] = [
  ...tamperings,

  defineClientCase({
    id: "client-opaque.ke2.replayed",
    rules: ["opaque.client-verifies"],
    sends: "the KE2 of an earlier login of the same user once more",
    expects: EXPECTED,
    checks: CHECKS,
    twin: "client-opaque.login.honest",
    ops: OPS.login,
    async run(trial) {
      const world = await trial.world();
      const alice = await trial.user(world);
      let first: Uint8Array | undefined;
      const undo = lie(world, opaqueLoginStart, async ({ honest }) => {
        const { response } = await honest();
        first ??= response;
        return { response: first };
      });
      const aliceKey = await alice.register();
      await refusesLogin({ trial, world, alice, aliceKey }, undo, REFUSED);
    },
  }),

  defineClientCase({
    id: "client-opaque.ke2.fake-record",
    rules: ["opaque.client-verifies"],
    sends: "a KE2 made from a fake record, as for a name without an account",
    expects: EXPECTED,
    checks: CHECKS,
    twin: "client-opaque.login.honest",
    ops: OPS.login,
    async run(trial) {
      const guest = await arrive(trial);
      const account = guest.world.state.accounts.get(guest.alice.name);
      const record = account?.record;
      if (account) account.record = undefined;
      const undo = () => {
        if (account) account.record = record;
      };
      await refusesLogin(guest, undo, REFUSED);
    },
  }),

  defineClientCase({
    id: "client-opaque.ke2.other-server",
    rules: ["opaque.client-verifies"],
    sends: "a KE2 of a server that holds the record, but another key pair and OPRF seed",
    expects: EXPECTED,
    checks: CHECKS,
    twin: "client-opaque.login.honest",
    ops: OPS.login,
    async run(trial) {
      const guest = await arrive(trial);
      const { state } = guest.world;
      const { setup } = state;
      state.setup = newServerSetup();
      const undo = () => {
        state.setup = setup;
      };
      await refusesLogin(guest, undo, REFUSED);
    },
  }),

  defineClientCase({
    id: "client-opaque.ke2.other-key-pair",
    rules: ["opaque.client-verifies"],
    sends: "a KE2 of a server with the right OPRF seed and another key pair than at registration",
    expects: EXPECTED,
    checks: CHECKS,
    twin: "client-opaque.login.honest",
    ops: OPS.login,
    async run(trial) {
      const guest = await arrive(trial);
      const { state } = guest.world;
      const { setup } = state;
      state.setup = { ...newServerSetup(), oprfSeed: setup.oprfSeed };
      const undo = () => {
        state.setup = setup;
      };
      await refusesLogin(guest, undo, REFUSED);
    },
  }),

  defineClientCase({
    id: "client-opaque.ke2.wrong-password",
    rules: ["opaque.client-verifies"],
    sends: "the honest KE2 to a user who types a wrong password",
    expects: EXPECTED,
    checks: CHECKS,
    twin: "client-opaque.login.honest",
    ops: OPS.login,
    async run(trial) {
      const guest = await arrive(trial);
      await refusesLogin(guest, () => {}, REFUSED, "correct horse battery stapler");
    },
  }),
];
