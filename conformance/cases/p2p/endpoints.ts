// Publishing an address, and what others find (800, 801): spec/services/p2p.md; C-44, C-75, S-07, S-08.

import { EndpointService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { encodeTrailer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { hasNone } from "../keys/steps.ts";
import { answersWith, bytesField } from "../message-bytes.ts";
import { NOTHING, p2pCase, publish, published, resolve, resolvesTo } from "./steps.ts";

const { publishEndpoint, resolveEndpoint } = EndpointService.method;

/** Addresses that no server may stumble over, because it does not look at them. */
const ODD: readonly { id: string; what: string; bytes: (t: Trial) => Uint8Array }[] = [
  { id: "1-byte", what: "one byte", bytes: () => Uint8Array.of(0) },
  { id: "zeros", what: "64 zeros", bytes: () => new Uint8Array(64) },
  {
    id: "every-byte",
    what: "the 256 bytes in order",
    bytes: () => Uint8Array.from({ length: 256 }, (_, i) => i),
  },
  {
    id: "trailer",
    what: "the bytes of a SessionTrailer",
    bytes: (t) => encodeTrailer(t.bytes(32)),
  },
];

export const endpointCases: readonly Case[] = [
  p2pCase({
    id: "p2p.messages.publish",
    rules: ["p2p.messages"],
    sends: "method 800: identity_key as field 1, node_addr as field 2",
    expects: "Ok with an empty payload",
    checks: ["answer", "payload"],
    async run(t) {
      const alice = await t.user();
      const request = [bytesField(1, alice.key), bytesField(2, t.bytes(40))];
      await answersWith(t, alice, publishEndpoint, request, []);
    },
  }),

  p2pCase({
    id: "p2p.messages.resolve",
    rules: ["p2p.messages", "p2p.resolve"],
    sends: "method 801 for a key with an address: identity_key as field 1",
    expects: "Ok with the address as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const address = t.bytes(200);
      await published(alice, address);
      const request = [bytesField(1, alice.key)];
      await answersWith(t, bob, resolveEndpoint, request, [bytesField(1, address)]);
    },
  }),

  p2pCase({
    id: "p2p.resolve.other-user",
    rules: ["p2p.resolve"],
    tier: "smoke",
    sends: "an address of Alice; her key from Bob twice, from herself, from her second session",
    expects: "Ok, and these bytes for each",
    checks: ["answer", "first", "second", "owner", "second-session"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const address = t.bytes(120);
      t.status(await publish(alice, address), Status.Ok);
      await resolvesTo(t, "first", bob, alice.key, address);
      await resolvesTo(t, "second", bob, alice.key, address);
      await resolvesTo(t, "owner", alice, alice.key, address);
      const again = await t.logIn(alice.account);
      await resolvesTo(t, "second-session", again, alice.key, address);
    },
  }),

  ...ODD.map(({ id, what, bytes }) =>
    p2pCase({
      id: `p2p.resolve.${id}`,
      rules: ["p2p.resolve"],
      sends: `${what} as an address; another user resolves`,
      expects: "these bytes",
      checks: ["answer", "address"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const address = bytes(t);
        t.status(await publish(alice, address), Status.Ok);
        await resolvesTo(t, "address", bob, alice.key, address);
      },
    }),
  ),

  p2pCase({
    id: "p2p.replace.latest",
    rules: ["p2p.replace"],
    sends: "addresses A and B, the second one shorter, and A again, each resolved by another user",
    expects: "A, B and A",
    checks: ["first", "second", "third"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [a, b] = [t.bytes(100, "A"), t.bytes(60, "B")];
      for (const [check, address] of [
        ["first", a],
        ["second", b],
        ["third", a],
      ] as const) {
        await published(alice, address);
        await resolvesTo(t, check, bob, alice.key, address);
      }
    },
  }),

  p2pCase({
    id: "p2p.replace.two-users",
    rules: ["p2p.replace", "p2p.resolve"],
    sends: "an address each of Alice and Bob, then another one of Bob",
    expects: "the address of Alice as it was, the new one of Bob",
    checks: ["first", "second"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [a, b, c] = [t.bytes(50, "A"), t.bytes(50, "B"), t.bytes(50, "C")];
      await published(alice, a);
      await published(bob, b);
      await published(bob, c);
      await resolvesTo(t, "first", bob, alice.key, a);
      await resolvesTo(t, "second", alice, bob.key, c);
    },
  }),

  p2pCase({
    id: "p2p.address.4096-bytes",
    rules: ["p2p.address-size", "p2p.resolve"],
    sends: "an address of 4,096 bytes; another user resolves",
    expects: "Ok, and these bytes",
    checks: ["answer", "address"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const address = t.bytes(4096);
      t.status(await publish(alice, address), Status.Ok);
      await resolvesTo(t, "address", bob, alice.key, address);
    },
  }),

  p2pCase({
    id: "p2p.address.4097-bytes",
    rules: ["p2p.address-size"],
    twin: "p2p.address.4096-bytes",
    sends: "an address, then one of 4,097 bytes",
    expects: "BadRequest, and the first address still there",
    checks: ["answer", "kept"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const address = t.bytes(40);
      await published(alice, address);
      t.refused(await publish(alice, t.bytes(4097)), Status.BadRequest);
      await resolvesTo(t, "kept", bob, alice.key, address);
    },
  }),

  ...[
    {
      id: "never-published",
      sends: "ResolveEndpoint for a registered key that never published an address",
      key: async (t: Trial) => (await t.newUser()).key,
    },
    {
      id: "unregistered",
      sends: "ResolveEndpoint for an identity key that no account has",
      key: async () => newIdentityKey(),
    },
  ].map(({ id, sends, key }) =>
    p2pCase({
      id: `p2p.none.${id}`,
      rules: ["p2p.empty-when-none"],
      reading: "keypackage-empty",
      sends,
      expects: "Ok with an empty address; NotFound, if declared, is a warning",
      errata: ["C-44", "S-08"],
      async run(t) {
        const bob = await t.user();
        hasNone(t, await resolve(bob, await key(t)), (message) => message.nodeAddr);
      },
    }),
  ),

  p2pCase({
    id: "p2p.unpublish.empty",
    rules: ["p2p.unpublish", "p2p.empty-when-none"],
    sends: "an address, then an empty one twice, then an address; another user resolves in between",
    expects: "Ok each time; none after the empty one, and the last address in the end",
    checks: ["answer", "none", "again", "last"],
    errata: ["S-07", "S-08"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await published(alice, t.bytes(40, "A"));
      t.status(await publish(alice, NOTHING), Status.Ok);
      await resolvesTo(t, "none", bob, alice.key, NOTHING);
      const { status } = await publish(alice, NOTHING);
      t.check("again", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      const address = t.bytes(40, "B");
      await published(alice, address);
      await resolvesTo(t, "last", bob, alice.key, address);
    },
  }),
];
