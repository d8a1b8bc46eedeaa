// Conversations that the SDK begins (spec/client/client.md).

import { ChannelService, DeliveryService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked, lie } from "../../hostile/world/bends.ts";
import { join } from "../../hostile/world/person.ts";
import { hex, inboxOf, same } from "../../hostile/world/state.ts";
import { resolveUser } from "../kt/town.ts";
import { arrive, directRoom, OPS, textsOf } from "../room.ts";

const { enqueue, batchEnqueue } = DeliveryService.method;
const { createChannel } = ChannelService.method;
const { fetchKeyPackage } = KeyService.method;

const _NOTHING = new Uint8Array(0);
const TWIN = "client-keys.package.honest";

export const beginningCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-delivery.begin.group-id",
    rules: ["client.direct-group-id"],
    sends: "honest answers to the user who begins a conversation",
    expects: "a group ID of channel_id and a generation, even for the smaller key of the two",
    checks: ["channel", "parity"],
    ops: OPS.begin,
    async run(trial) {
      const { world, alice, aliceKey } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob");
      const channel = await alice.createChannel("bob");
      const [welcome] = await bob.read();
      const groupId = Buffer.from(welcome?.groupId ?? new Uint8Array(20));
      trial.check("channel", groupId.length === 20 && same(groupId.subarray(0, 16), channel), {
        expected: `${hex(channel)} and 4 bytes`,
        got: hex(groupId),
      });
      const parity = hex(aliceKey) < hex(bob.identityKey) ? 0 : 1;
      trial.check("parity", groupId.readUInt32BE(16) % 2 === parity, {
        expected: parity === 0 ? "an even generation" : "an odd generation",
        got: String(groupId.readUInt32BE(16)),
      });
    },
  }),

  defineClientCase({
    id: "client-delivery.begin.once",
    rules: ["channel.deterministic"],
    sends: "honest answers to the user who begins the same conversation twice",
    expects: "the same channel, and one Welcome",
    checks: ["same", "welcomes"],
    ops: OPS.begin,
    async run(trial) {
      const { world, alice } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob");
      const first = await alice.createChannel("bob");
      const second = await alice.createChannel("bob");
      trial.check("same", same(first, second), { expected: hex(first), got: hex(second) });
      const count = (await bob.read()).filter(({ kind }) => kind === "welcome").length;
      trial.check("welcomes", count === 1, { expected: "1 Welcome", got: `${count}` });
    },
  }),

  defineClientCase({
    id: "client-delivery.begin.known-already",
    rules: ["client.direct-group-id"],
    sends: "a Welcome of Bob before the user begins a conversation with him",
    expects: "a message in Bob's group, and no Welcome back",
    checks: ["heard", "no-welcome"],
    ops: [...OPS.begin, "recv"],
    async run(trial) {
      const room = await directRoom(trial);
      const channel = await room.alice.createChannel("bob");
      trial.ok(await room.alice.send(channel, "in your group"), "send");
      const heard = await room.bob.read();
      const texts = textsOf(heard).join();
      trial.check("heard", texts === "in your group", { expected: "in your group", got: texts });
      const count = heard.filter(({ kind }) => kind === "welcome").length;
      trial.check("no-welcome", count === 0, { expected: "no Welcome", got: `${count}` });
    },
  }),

  defineClientCase({
    id: "client-delivery.begin.verified-first",
    rules: ["client.verify-first"],
    sends: "a wrong proof for Bob's key to the user who begins a conversation",
    expects: "err kt.mismatch; no KeyPackage taken, nothing sent; a conversation afterwards",
    checks: ["answer", "nothing-taken", "nothing-sent", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.begin,
    async run(trial) {
      const { world, alice } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob");
      const before = asked(world, fetchKeyPackage).length;
      const mallory = await join(world, "mallory");
      const undo = lie(world, resolveUser, async ({ honest }) => ({
        ...(await honest()),
        identityKey: mallory.identityKey,
      }));
      trial.refused(await alice.ask("channel.create", { peer: "bob" }), "kt.mismatch");
      const taken = asked(world, fetchKeyPackage).length - before;
      trial.check("nothing-taken", taken === 0, {
        expected: "no FetchKeyPackage",
        got: `${taken} FetchKeyPackage`,
      });
      const calls = [...asked(world, enqueue), ...asked(world, batchEnqueue)].length;
      trial.check("nothing-sent", calls === 0, { expected: "no Enqueue", got: `${calls}` });
      undo();
      const channel = await alice.createChannel("bob");
      await alice.send(channel, "hello");
      const texts = textsOf(await bob.read()).join();
      trial.check("honest-afterwards", texts === "hello", { expected: "hello", got: texts });
    },
  }),

  defineClientCase({
    id: "client-delivery.begin.package-of-the-proven-key",
    rules: ["client.verify-first"],
    sends: "honest answers to the user who begins a conversation",
    expects: "ResolveUser before FetchKeyPackage, and the key of the answer in both",
    checks: ["order", "key"],
    ops: OPS.begin,
    async run(trial) {
      const { world, alice } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob");
      const start = world.requests.length;
      await alice.createChannel("bob");
      const methods = world.requests.slice(start).map(({ method }) => method);
      const resolved = methods.indexOf(methodOf(resolveUser).id);
      const taken = methods.indexOf(methodOf(fetchKeyPackage).id);
      trial.check("order", resolved >= 0 && taken > resolved, {
        expected: "500 before 301",
        got: methods.join(", "),
      });
      const keys = asked(world, fetchKeyPackage).map(({ identityKey }) => hex(identityKey));
      trial.check("key", keys.at(-1) === hex(bob.identityKey), {
        expected: hex(bob.identityKey),
        got: keys.join(", "),
      });
    },
  }),

  ...[
    { id: "empty", bytes: new Uint8Array(0) },
    { id: "15-bytes", bytes: new Uint8Array(15).fill(1) },
    { id: "17-bytes", bytes: new Uint8Array(17).fill(1) },
  ].map(({ id, bytes }) =>
    defineClientCase({
      id: `client-delivery.begin.channel-id-${id}`,
      rules: ["channel.id-length"],
      sends: `a channel_id that ${id === "empty" ? "is empty" : `has ${bytes.length} bytes`}`,
      expects: "an error, nothing sent, and a conversation when the server is honest again",
      checks: ["answer", "nothing-sent", "honest-afterwards"],
      twin: TWIN,
      ops: OPS.begin,
      async run(trial) {
        const { world, alice } = await arrive(trial, { publish: true });
        const bob = await join(world, "bob");
        const undo = lie(world, createChannel, () => ({ channelId: bytes, wasNew: true }));
        const reply = await alice.ask("channel.create", { peer: "bob" });
        trial.refused(reply, ["local.invalid", "msg.decode", "mls.reject"]);
        const { messages } = inboxOf(world.state, bob.identityKey, new Uint8Array(0));
        trial.check("nothing-sent", messages.length === 0, {
          expected: "nothing for Bob",
          got: `${messages.length} messages`,
        });
        undo();
        const channel = await alice.createChannel("bob");
        await alice.send(channel, "hello");
        const texts = textsOf(await bob.read()).join();
        trial.check("honest-afterwards", texts === "hello", { expected: "hello", got: texts });
      },
    }),
  ),

  defineClientCase({
    id: "client-delivery.begin.was-new-false",
    rules: ["channel.clients-opaque"],
    sends: "was_new = false for a channel that is new",
    expects: "a conversation all the same",
    checks: ["heard"],
    ops: OPS.begin,
    async run(trial) {
      const { world, alice } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob");
      lie(world, createChannel, async ({ honest }) => ({ ...(await honest()), wasNew: false }));
      const channel = await alice.createChannel("bob");
      await alice.send(channel, "hello");
      const texts = textsOf(await bob.read()).join();
      trial.check("heard", texts === "hello", { expected: "hello", got: texts });
    },
  }),
];
