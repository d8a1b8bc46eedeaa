// A group that the SDK has begun, and what came of changes in it (spec/client/client.md).

import { decodeState } from "../../../src/crypto/mls/state.ts";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { bytesOf } from "../../client/sdk.ts";
import type { ClientTrial } from "../../client/trial.ts";
import { asked } from "../../hostile/world/bends.ts";
import { join, type Person } from "../../hostile/world/person.ts";
import { hex } from "../../hostile/world/state.ts";
import { arrive, type Guest, OPS, type Room } from "../room.ts";

const { batchEnqueue } = DeliveryService.method;

/** ownGroup: the user has begun a group with Bob and Carol, who have joined. */
export async function ownGroup(trial: ClientTrial): Promise<Room> {
  const guest = await arrive(trial, { publish: true });
  const bob = await join(guest.world, "bob");
  const carol = await join(guest.world, "carol");
  const channel = await creates(guest, ["bob", "carol"]);
  await bob.read();
  await carol.read();
  return { ...guest, bob, carol, channel };
}

/** creates has the user begin a group, and answers its channel. */
export async function creates(
  { trial, alice }: Guest,
  members: readonly string[],
): Promise<Uint8Array> {
  const reply = await alice.ask("group.create", { name: "a group", members });
  return bytesOf(trial.ok(reply, "group.create"), "channel");
}

/** hexOf writes bytes for the adapter. */
export const hexOf = (bytes: Uint8Array) => ({ hex: hex(bytes) });

/** change asks for a change of the group; the people read what came of it. */
export async function change(room: Room, op: string, args: object = {}): Promise<void> {
  const { trial, alice, channel, bob, carol } = room;
  trial.ok(await alice.ask(op, { channel: hexOf(channel), ...args }), op);
  for (const person of [bob, carol]) await person.read();
}

/** agrees checks that the user and a person are in one and the same epoch with the same members. */
export async function agrees(room: Room, person: Person, id = "agreed"): Promise<void> {
  const { trial, alice, channel } = room;
  const reply = await alice.ask("group.state", { channel: hexOf(channel) });
  const state = trial.ok(reply, "group.state");
  const { epoch, epochAuthenticator, members } = person.place(channel).member;
  const keys = members.map(({ identityKey }) => hex(identityKey)).sort();
  const expected = `epoch ${epoch}, ${hex(epochAuthenticator)}, members ${keys.join()}`;
  const list = Array.isArray(state.members) ? state.members : [];
  const named = list.map((key) => hex(bytesOf({ key }, "key")));
  const got = `epoch ${state.epoch}, ${hex(bytesOf(state, "authenticator"))}, members ${named.join()}`;
  trial.check(id, got === expected, { expected, got });
}

/** Operations of whoever looks at what a change has led to. */
export const CHANGE_OPS = [...OPS.group, "group.state"];
/** commitsOf lists what was sent to several members on the channel. */
export const commitsOf = ({ world, channel }: Room) =>
  asked(world, batchEnqueue).filter(({ channelId }) => hex(channelId) === hex(channel));

/** The methods that read an inbox. */
export const READS: readonly number[] = [
  DeliveryService.method.fetch,
  DeliveryService.method.fetchWait,
].map((method) => methodOf(method).id);

/** leafOf is the encryption key of the user's leaf, as Bob sees it. */
export function leafOf({ bob, aliceKey, channel }: Room): string {
  const { group } = decodeState(bob.place(channel).member.encode());
  for (const node of group.ratchetTree) {
    if (node?.nodeType !== "leaf") continue;
    if (hex(node.leaf.signaturePublicKey) === hex(aliceKey)) return hex(node.leaf.hpkePublicKey);
  }
  return "none";
}
