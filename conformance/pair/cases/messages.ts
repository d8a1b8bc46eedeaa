// Conversations of two through an SDK of level 2 (spec/services/channel.md, spec/crypto/mls.md).

import { hex } from "../../../vectors/bytes.ts";
import { bytesOf, okOf, type Received } from "../../client/sdk.ts";
import { definePairCase, type PairCase, type PairCaseSpec } from "../case.ts";
import type { Member } from "../trial.ts";

const RECV_MS = 20_000;

const direct = (spec: Omit<PairCaseSpec, "ops" | "features">): PairCase =>
  definePairCase({
    ...spec,
    ops: ["user", "keys", "channel", "send", "recv"],
    features: ["auth", "delivery", "keys", "channel", "user"],
  });

export const messageCases: readonly PairCase[] = [
  direct({
    id: "pair-messages.direct.arrives",
    rules: ["channel.create"],
    sends: "alice begins a conversation and sends one text",
    expects: "bob reads it, on the same channel, from alice",
    checks: ["texts", "from", "channel", "faults"],
    async run(t) {
      const [alice, bob] = [await t.member(), await t.member()];
      const channel = await alice.createChannel(bob.name);
      okOf(await alice.send(channel, "hello"), "send");
      const got = await bob.recv(1, RECV_MS);
      t.same("texts", textsOf(got), ["hello"]);
      t.same(
        "from",
        got.messages.map(({ from }) => hex(from)),
        [hex(alice.key)],
      );
      t.same(
        "channel",
        got.messages.map((one) => hex(one.channel)),
        [hex(channel)],
      );
      t.same("faults", got.faults, []);
    },
  }),

  direct({
    id: "pair-messages.direct.both-ways",
    rules: ["channel.both-ways"],
    sends: "alice writes, bob answers, alice answers",
    expects: "each reads what the other wrote",
    checks: ["bob", "alice", "bob-again"],
    async run(t) {
      const [alice, bob] = [await t.member(), await t.member()];
      const channel = await alice.createChannel(bob.name);
      okOf(await alice.send(channel, "one"), "send");
      t.same("bob", textsOf(await bob.recv(1, RECV_MS)), ["one"]);
      okOf(await bob.send(channel, "two"), "send");
      t.same("alice", textsOf(await alice.recv(1, RECV_MS)), ["two"]);
      okOf(await alice.send(channel, "three"), "send");
      t.same("bob-again", textsOf(await bob.recv(1, RECV_MS)), ["three"]);
    },
  }),

  direct({
    id: "pair-messages.direct.same-channel",
    rules: ["channel.deterministic"],
    sends: "bob asks for the conversation that alice began",
    expects: "the same channel",
    checks: ["channel"],
    async run(t) {
      const [alice, bob] = [await t.member(), await t.member()];
      const channel = await alice.createChannel(bob.name);
      await alice.send(channel, "hello");
      await bob.recv(1, RECV_MS);
      t.same("channel", hex(await bob.createChannel(alice.name)), hex(channel));
    },
  }),

  direct({
    id: "pair-messages.direct.in-order",
    rules: ["delivery.fifo"],
    sends: "alice sends ten texts before bob looks",
    expects: "bob reads the ten in order, and nothing twice",
    checks: ["texts", "nothing-more"],
    async run(t) {
      const [alice, bob] = [await t.member(), await t.member()];
      const channel = await alice.createChannel(bob.name);
      const texts = Array.from({ length: 10 }, (_, n) => `text ${n}`);
      for (const text of texts) okOf(await alice.send(channel, text), "send");
      t.same("texts", textsOf(await bob.recv(10, RECV_MS)), texts);
      t.same("nothing-more", textsOf(await bob.recv(1, 500)), []);
    },
  }),

  direct({
    id: "pair-messages.direct.any-text",
    rules: ["delivery.payload-opaque"],
    sends: "a text in many scripts, and one of 60,000 characters",
    expects: "both as they were written",
    checks: ["scripts", "long"],
    async run(t) {
      const [alice, bob] = [await t.member(), await t.member()];
      const channel = await alice.createChannel(bob.name);
      const scripts = 'γειά 你好 שלום 👋🏽 \u0000 \n\t"\\';
      const long = "quick ".repeat(10_000);
      okOf(await alice.send(channel, scripts), "send");
      okOf(await alice.send(channel, long), "send");
      const [one, other] = textsOf(await bob.recv(2, RECV_MS));
      t.same("scripts", one, scripts);
      t.same("long", other === long, true);
    },
  }),

  direct({
    id: "pair-messages.three.apart",
    rules: ["delivery.channel-separate"],
    sends: "alice writes to bob and to carol",
    expects: "each reads what was for them, and nothing else",
    checks: ["bob", "carol"],
    async run(t) {
      const [alice, bob, carol] = [await t.member(), await t.member(), await t.member()];
      const pairs: readonly [Member, string][] = [
        [bob, "for bob"],
        [carol, "for carol"],
      ];
      for (const [peer, text] of pairs) {
        okOf(await alice.send(await alice.createChannel(peer.name), text), "send");
      }
      t.same("bob", textsOf(await bob.recv(1, RECV_MS)), ["for bob"]);
      t.same("carol", textsOf(await carol.recv(1, RECV_MS)), ["for carol"]);
    },
  }),

  direct({
    id: "pair-messages.direct.after-reopen",
    rules: ["channel.both-ways"],
    sends: "bob reads one text, reopens his local state, and alice writes another",
    expects: "bob reads the other one, and the first not again",
    checks: ["texts"],
    async run(t) {
      const [alice, bob] = [await t.member(), await t.member()];
      const channel = await alice.createChannel(bob.name);
      okOf(await alice.send(channel, "before"), "send");
      await bob.recv(1, RECV_MS);
      okOf(await bob.ask("user.reopen"), "user.reopen");
      okOf(await bob.login(), "user.login");
      okOf(await alice.send(channel, "after"), "send");
      t.same("texts", textsOf(await bob.recv(1, RECV_MS)), ["after"]);
    },
  }),
];

export const blobCases: readonly PairCase[] = [
  definePairCase({
    id: "pair-blobs.file.another-reads",
    rules: ["blob.anyone"],
    ops: ["user", "blob"],
    features: ["auth", "blob"],
    sends: "alice uploads a file of 100,000 bytes, bob downloads it with her key",
    expects: "the same bytes; what the server holds is encrypted",
    checks: ["bytes", "encrypted"],
    async run(t) {
      const [alice, bob] = [await t.sdkUser(), await t.sdkUser()];
      await alice.register();
      await bob.register();
      const file = Buffer.from(t.bytes(60_000));
      const put = okOf(await alice.ask("blob.put", { bytes: hex(file) }), "blob.put");
      const { blob_id, key, size } = put;
      const got = okOf(await bob.ask("blob.get", { blob_id, key, size }), "blob.get");
      t.same("bytes", hex(bytesOf(got, "bytes")), hex(file));
      const sample = file.subarray(0, 32);
      const isPlain = t.tap.streams.some(({ fromClient, fromServer }) =>
        [fromClient, fromServer].some(({ chunks }) => Buffer.concat(chunks).includes(sample)),
      );
      t.same("encrypted", isPlain, false);
    },
  }),

  definePairCase({
    id: "pair-blobs.file.empty",
    rules: ["blob.empty"],
    ops: ["user", "blob"],
    features: ["auth", "blob"],
    sends: "an empty file",
    expects: "an empty file",
    checks: ["bytes"],
    async run(t) {
      const alice = await t.sdkUser();
      await alice.register();
      const put = okOf(await alice.ask("blob.put", { bytes: { hex: "" } }), "blob.put");
      const { blob_id, key, size } = put;
      const got = okOf(await alice.ask("blob.get", { blob_id, key, size }), "blob.get");
      t.same("bytes", bytesOf(got, "bytes").length, 0);
    },
  }),
];

/** textsOf are the texts of what was received. */
export function textsOf({ messages }: Received): string[] {
  return messages.map(({ text }) => text);
}
