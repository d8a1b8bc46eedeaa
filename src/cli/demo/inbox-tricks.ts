// What a server can do to the messages it stores: change, cut, reorder, repeat, hold back.

import { DeliveryService, KeyService } from "../../gen/qpc/v1/methods_pb.ts";
import { type Person, settle, textsOf } from "./people.ts";
import { found, type Scene, type Trick } from "./scene.ts";
import { answering, dataOf, flipped, inInbox, inReverse, replacingLast } from "./tampering.ts";

const DEFAULT_QUEUE = new Uint8Array(0);

/** INBOX_TRICKS are found while an inbox is read. */
export const INBOX_TRICKS: readonly Trick[] = [
  {
    title: "changes a byte of a hybrid envelope",
    expected: "envelope",
    async play(scene) {
      const { theatre } = scene;
      const [alice, bob] = await scene.cast("alice", "bob");
      const { id } = await alice.messenger.startDirect(bob.name);
      await settle(bob);
      await alice.messenger.sendText(id, "first");
      theatre.tell(
        inInbox(
          id,
          replacingLast((payloads) => flipped(dataOf(payloads.at(-1)), 700)),
        ),
      );
      const faults = await found(bob);
      theatre.tell(undefined);
      await demandHeard(alice, bob, id);
      return faults;
    },
  },
  {
    title: "cuts a Welcome short",
    expected: "welcome",
    async play(scene) {
      const { theatre } = scene;
      const upload = KeyService.method.uploadHybridKey;
      theatre.tell(answering(upload, async () => ({}))); // so that the Welcome is not sealed
      const [alice, bob] = await scene.cast("alice", "bob");
      const cut = (data: Uint8Array) => data.subarray(0, data.length / 2);
      await alice.messenger.createGroup("group", [bob.name]);
      const shorten = replacingLast((payloads) => cut(dataOf(payloads.at(-1))));
      theatre.tell(inInbox(DEFAULT_QUEUE, shorten));
      const faults = await found(bob);
      theatre.tell(undefined);
      const group = await alice.messenger.createGroup("once more", [bob.name]);
      await demandHeard(alice, bob, group.id);
      return faults;
    },
  },
  {
    title: "delivers two Commits in the wrong order",
    expected: "future-epoch",
    async play(scene) {
      const { alice, bob, id } = await groupOfThree(scene);
      await bob.messenger.rotateKeys(id);
      await bob.messenger.rotateKeys(id);
      scene.theatre.tell(inInbox(id, inReverse));
      const faults = await found(alice);
      scene.theatre.tell(undefined);
      await demandHeard(bob, alice, id);
      return faults;
    },
  },
  {
    title: "delivers a Commit twice",
    expected: "past-epoch",
    async play(scene) {
      const { alice, bob, id } = await groupOfThree(scene);
      await bob.messenger.rotateKeys(id);
      await bob.messenger.sendText(id, "never delivered");
      const again = replacingLast((payloads) => dataOf(payloads.at(-2)));
      scene.theatre.tell(inInbox(id, again));
      const faults = await found(alice);
      scene.theatre.tell(undefined);
      await demandHeard(bob, alice, id);
      return faults;
    },
  },
  {
    title: "delivers a message once more",
    expected: "replayed",
    async play(scene) {
      const { alice, bob, id } = await groupOfThree(scene);
      await bob.messenger.sendText(id, "said once");
      await bob.messenger.sendText(id, "never delivered");
      const again = replacingLast((payloads) => dataOf(payloads.at(-2)));
      scene.theatre.tell(inInbox(id, again));
      const faults = await found(alice);
      scene.theatre.tell(undefined);
      const texts = textsOf(await alice.messenger.history(id));
      if (texts.join() !== "said once") throw new Error(`alice reads ${texts.join()}`);
      await demandHeard(bob, alice, id);
      return faults;
    },
  },
  {
    title: "delivers a message before the Commit that it needs",
    expected: "future-epoch",
    async play(scene) {
      const { alice, bob, id } = await groupOfThree(scene);
      await bob.messenger.rotateKeys(id);
      await bob.messenger.sendText(id, "in the new epoch");
      scene.theatre.tell(inInbox(id, inReverse));
      const faults = await found(alice);
      scene.theatre.tell(undefined);
      const texts = textsOf(await alice.messenger.history(id));
      if (texts.join() !== "in the new epoch") throw new Error("the message was not kept");
      await demandHeard(bob, alice, id);
      return faults;
    },
  },
  {
    title: "delivers what a member says after her removal",
    expected: "removed-sender",
    async play(scene) {
      const { alice, bob, carol, id } = await groupOfThree(scene);
      let heldBack: Uint8Array = new Uint8Array(0);
      const swallow = answering(DeliveryService.method.batchEnqueue, async ({ request }) => {
        heldBack = request.payload;
        return { seqs: request.recipientKeys.map(() => 1n) };
      });
      scene.theatre.tell(swallow);
      await carol.messenger.sendText(id, "I am still here");
      scene.theatre.tell(undefined);
      await alice.messenger.remove(id, carol.name);
      await settle(alice, bob);
      await bob.messenger.sendText(id, "never delivered");
      scene.theatre.tell(
        inInbox(
          id,
          replacingLast(() => heldBack),
        ),
      );
      const faults = await found(alice);
      scene.theatre.tell(undefined);
      await demandHeard(bob, alice, id);
      return faults;
    },
  },
  {
    title: "delivers bytes that are no message",
    expected: "malformed",
    async play(scene) {
      const { alice, bob, id } = await groupOfThree(scene);
      await bob.messenger.sendText(id, "never delivered");
      scene.theatre.tell(
        inInbox(
          id,
          replacingLast(() => Uint8Array.of(0, 1, 2, 3)),
        ),
      );
      const faults = await found(alice);
      scene.theatre.tell(undefined);
      await demandHeard(bob, alice, id);
      return faults;
    },
  },
];

async function groupOfThree(scene: Scene) {
  const [alice, bob, carol] = await scene.cast("alice", "bob", "carol");
  const { id } = await alice.messenger.createGroup("group", [bob.name, carol.name]);
  await settle(alice, bob, carol);
  return { alice, bob, carol, id };
}

/** demandHeard throws unless one reads what the other says now, both by the honest server. */
async function demandHeard(speaker: Person, listener: Person, id: Uint8Array): Promise<void> {
  await settle(speaker, listener);
  await speaker.messenger.sendText(id, "after the lie");
  await settle(listener);
  const texts = textsOf(await listener.messenger.history(id));
  if (texts.at(-1) === "after the lie") return;
  throw new Error(`${listener.name} does not hear ${speaker.name} after the lie`);
}
