// Hybrid keys that nothing may be sealed for, and keys that vanish (spec/services/keys.md).

import { hybridPublicKey, newHybridKey } from "../../../src/crypto/hybrid/keys.ts";
import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { lie } from "../../hostile/world/bends.ts";
import { join, type Person } from "../../hostile/world/person.ts";
import { same } from "../../hostile/world/state.ts";
import type { World } from "../../hostile/world/world.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import { arrive, OPS, textsOf } from "../room.ts";

const { fetchHybridKey, fetchHybridKeys } = KeyService.method;

interface Lie {
  readonly id: string;
  readonly sends: string;
  change(key: Uint8Array): Uint8Array;
}

const filled = (key: Uint8Array, from: number, to: number, byte: number) => {
  const copy = Uint8Array.from(key);
  copy.fill(byte, from, to);
  return copy;
};

const LIES: readonly Lie[] = [
  { id: "1215-bytes", sends: "a hybrid key of 1,215 bytes", change: (key) => key.slice(0, -1) },
  {
    id: "1217-bytes",
    sends: "a hybrid key of 1,217 bytes",
    change: (key) => new Uint8Array([...key, 0]),
  },
  { id: "32-bytes", sends: "the X25519 part of a hybrid key", change: (key) => key.slice(0, 32) },
  { id: "zero", sends: "1,216 zero bytes", change: () => new Uint8Array(1216) },
  {
    id: "low-order-point",
    sends: "a hybrid key with an X25519 point of low order",
    change: (key) => filled(filled(key, 0, 32, 0), 0, 1, 1),
  },
  {
    id: "coefficient-too-large",
    sends: "a hybrid key whose encapsulation key has coefficients that are not below q",
    change: (key) => filled(key, 32, 35, 0xff),
  },
  { id: "one-byte", sends: "one byte", change: () => Uint8Array.of(1) },
];

/** hybridLies has 303 and 304 answered with another key of one person. */
function hybridLies(
  world: World,
  person: Person,
  change: (key: Uint8Array) => Uint8Array,
): () => void {
  const isHers = (key: Uint8Array) => same(key, person.identityKey);
  const one = lie(world, fetchHybridKey, async ({ request, honest }) => {
    const { hybridPublicKey: key } = await honest();
    return { hybridPublicKey: isHers(request.identityKey) ? change(key) : key };
  });
  const many = lie(world, fetchHybridKeys, async ({ request, honest }) => {
    const { keys } = await honest();
    const told = keys.map((key, at) =>
      isHers(request.identityKeys[at] ?? new Uint8Array(0)) ? change(key) : key,
    );
    return { keys: told };
  });
  return () => {
    one();
    many();
  };
}

const CHECKS = ["nothing-in-the-open", "honest-afterwards"];

const invalid = LIES.map(({ id, sends, change }) =>
  defineClientCase({
    id: `client-keys.hybrid.${id}`,
    rules: ["keys.clients-hybrid-valid", "hybrid-envelope.key-check"],
    sends: `${sends} for Bob, in answer to 303 and 304`,
    expects: "nothing for Bob, and a sealed message when the server is honest again",
    checks: CHECKS,
    ops: [...OPS.talk, "channel.create"],
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const bob = await join(guest.world, "bob");
      const undo = hybridLies(guest.world, bob, change);
      // Whether it says so at once or waits for a better key is its own affair.
      await guest.alice.ask("channel.create", { peer: "bob" });
      const sent = await bob.read();
      trial.check("nothing-in-the-open", sent.length === 0, {
        expected: "no message for Bob",
        got: `${sent.length} messages, sealed: ${sent.map(({ sealed }) => sealed).join()}`,
      });
      undo();
      await sealedAgain(guest, bob);
    },
  }),
);

async function sealedAgain(
  { trial, alice }: Awaited<ReturnType<typeof arrive>>,
  bob: Person,
): Promise<void> {
  const channel = await alice.createChannel("bob");
  await alice.recv(0, 200);
  const sent = await alice.send(channel, "hello");
  await alice.recv(0, 200);
  const heard = await bob.read();
  const isSealed = heard.every(({ sealed }) => sealed);
  trial.check("honest-afterwards", textsOf(heard).includes("hello") && isSealed, {
    expected: 'Bob reads "hello" in an envelope',
    got: `${JSON.stringify(sent)}; ${JSON.stringify(textsOf(heard))}, sealed: ${isSealed}`,
  });
}

export const hybridKeyCases: readonly ClientCase[] = [
  ...invalid,

  defineClientCase({
    id: "client-keys.hybrid.vanished",
    rules: ["keys.clients-hybrid-stays"],
    sends: "no hybrid key for Bob any more, after one was seen",
    expects: "nothing for Bob outside an envelope",
    checks: ["nothing-in-the-open"],
    ops: [...OPS.talk, "channel.create", "group.create", "user.reopen"],
    async run(trial) {
      const { world, alice } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob");
      const channel = await alice.createChannel("bob");
      await alice.send(channel, "first");
      if (!textsOf(await bob.read()).includes("first")) {
        throw new PrerequisiteFailed('send: Bob does not get "first"');
      }
      hybridLies(world, bob, () => new Uint8Array(0));
      trial.ok(await alice.ask("user.reopen"), "user.reopen");
      await alice.ask("user.login", { username: alice.name, password: alice.password });
      await alice.send(channel, "second");
      await alice.ask("group.create", { name: "group", members: ["bob"] });
      const open = (await bob.read()).filter(({ sealed }) => !sealed);
      trial.check("nothing-in-the-open", open.length === 0, {
        expected: "no message for Bob without an envelope",
        got: open.map(({ kind }) => kind).join(", "),
      });
    },
  }),

  ...[-1, 1].map((by) =>
    defineClientCase({
      id: `client-keys.hybrid.${by < 0 ? "one-entry-less" : "one-entry-more"}`,
      rules: ["keys.clients-hybrid-valid"],
      sends: `one entry ${by < 0 ? "less" : "more"} than there are keys in the request, in answer to 304`,
      expects: "nothing for Bob outside an envelope, and a sealed message afterwards",
      checks: CHECKS,
      ops: [...OPS.talk, "channel.create"],
      async run(trial) {
        const guest = await arrive(trial, { publish: true });
        const bob = await join(guest.world, "bob");
        const extra = hybridPublicKey(newHybridKey());
        const undo = lie(guest.world, fetchHybridKeys, async ({ honest }) => {
          const { keys } = await honest();
          return { keys: by < 0 ? keys.slice(0, -1) : [extra, ...keys] };
        });
        await guest.alice.ask("channel.create", { peer: "bob" });
        const open = (await bob.read()).filter(
          ({ kind, sealed }) => kind === "unreadable" || !sealed,
        );
        trial.check("nothing-in-the-open", open.length === 0, {
          expected: "no message for Bob without an envelope that he can open",
          got: open.map(({ kind }) => kind).join(", "),
        });
        undo();
        await sealedAgain(guest, bob);
      },
    }),
  ),

  defineClientCase({
    id: "client-keys.hybrid.none-at-all",
    rules: ["hybrid-envelope.optional"],
    sends: "an empty hybrid key for Bob, who has none",
    expects: "Welcome and message without an envelope",
    checks: ["open"],
    ops: OPS.begin,
    async run(trial) {
      const { world, alice } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob", { hybrid: false });
      const channel = await alice.createChannel("bob");
      await alice.send(channel, "hello");
      const heard = await bob.read();
      const isOpen = heard.every(({ sealed }) => !sealed) && textsOf(heard).includes("hello");
      trial.check("open", isOpen, {
        expected: 'Bob reads "hello"',
        got: JSON.stringify(heard.map(({ kind, sealed }) => ({ kind, sealed }))),
      });
    },
  }),
];
