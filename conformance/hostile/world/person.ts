// A user of a world whom the judge plays: an honest peer for the SDK under test, with groups of its own
// (spec/client/client.md). What it sends goes into the inboxes directly, without a connection.

import { openEnvelope, sealEnvelope } from "../../../src/crypto/hybrid/envelope.ts";
import { hybridPublicKey, newHybridKey } from "../../../src/crypto/hybrid/keys.ts";
import { newIdentityKey } from "../../../src/crypto/identity/signing.ts";
import type { GroupChange, GroupMember } from "../../../src/crypto/mls/group-member.ts";
import { createMls, type Mls, type OwnKeyPackage } from "../../../src/crypto/mls/mls.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import { findPair } from "./channels.ts";
import { type Body, contentIn, contentOf, plaintextOf } from "./content.ts";
import { addAccount, hex, newChannel, same } from "./state.ts";
import type { World } from "./world.ts";

const NOTHING = new Uint8Array(0);
const DEFAULT_QUEUE = NOTHING;
const ENVELOPE = 0x01;

/**
 * Heard is one message that a person took from an inbox; `late` is a handshake of an epoch that is over,
 * `unreadable` what no honest peer would have sent.
 */
export interface Heard {
  readonly kind: "welcome" | "application" | "commit" | "proposal" | "late" | "unreadable";
  readonly channelId: Uint8Array;
  readonly groupId: Uint8Array;
  /** True when it came in an envelope. */
  readonly sealed: boolean;
  /** The bytes in the inbox. */
  readonly payload: Uint8Array;
  /** The MLSMessage in them; empty where none can be seen. */
  readonly message: Uint8Array;
  /** Why it is unreadable. */
  readonly why?: string;
  readonly sender?: Uint8Array;
  /** Plaintext of an application message, still padded. */
  readonly plaintext?: Uint8Array;
  /** Its text, if it is one. */
  readonly text?: string;
}

/** Place is a group of a person, and where its messages go. */
export interface Place {
  readonly channelId: Uint8Array;
  member: GroupMember;
}

export interface Person {
  readonly username: string;
  readonly identityKey: Uint8Array;
  readonly privateKey: Uint8Array;
  readonly hybridKey: Uint8Array;
  readonly mls: Mls;
  /** By group ID in hexadecimal. */
  readonly places: Map<string, Place>;
  /** keyPackage makes a KeyPackage that nobody has yet; its Welcome will be taken. */
  keyPackage(): Promise<OwnKeyPackage>;
  /** offer leaves a KeyPackage that was made elsewhere at the world. */
  offer(made: { readonly keyPackage: Uint8Array; readonly secret: Uint8Array }): Promise<void>;
  /** read takes what is new in all own inboxes. */
  read(): Promise<Heard[]>;
  /** place answers the newest group on a channel. It throws when there is none. */
  place(channelId: Uint8Array): Place;
  /** startDirect begins a conversation with one peer, in a generation above another, and answers its channel. */
  startDirect(peer: Uint8Array, keyPackage?: Uint8Array, above?: number): Promise<Uint8Array>;
  /** packageOf takes the next KeyPackage that a peer has left at the world. It throws when there is none. */
  packageOf(peer: Uint8Array): Uint8Array;
  /** startGroup begins a group with a record, and answers its channel. */
  startGroup(members: readonly Uint8Array[]): Promise<Uint8Array>;
  /** encrypt answers the PrivateMessage of a body, without sending it. */
  encrypt(channelId: Uint8Array, body: Body | string): Promise<Uint8Array>;
  /** say sends a body to the other members. */
  say(channelId: Uint8Array, body: Body | string): Promise<Uint8Array>;
  /** commit makes a commit, merges it at once and delivers it and its Welcome. */
  commit(channelId: Uint8Array, change?: GroupChange): Promise<Uint8Array>;
  /** deliver sends a message to the other members; to a single one with a hybrid key in an envelope. */
  deliver(channelId: Uint8Array, message: Uint8Array): void;
  /** seal puts a message into an envelope for somebody who has a hybrid key, or leaves it as it is. */
  seal(recipient: Uint8Array, message: Uint8Array): Uint8Array;
}

export interface PersonOptions {
  /** KeyPackages to leave at the world; default 5. */
  readonly keyPackages?: number;
  /** False for a person without a hybrid key. */
  readonly hybrid?: boolean;
}

/** join registers a person of the judge's in the world. */
export async function join(
  world: World,
  username: string,
  { keyPackages = 5, hybrid = true }: PersonOptions = {},
): Promise<Person> {
  const mls = await createMls();
  const identity = newIdentityKey();
  const { publicKey: identityKey, privateKey } = identity;
  const hybridKey = newHybridKey();
  addAccount(world.state, username, identityKey);
  if (hybrid) world.state.hybridKeys.set(hex(identityKey), hybridPublicKey(hybridKey));
  const own = new Map<string, OwnKeyPackage>();
  const places = new Map<string, Place>();
  const positions = new Map<string, number>();

  const person: Person = {
    ...{ username, identityKey, privateKey, hybridKey, mls, places },
    async keyPackage() {
      const made = await mls.generateKeyPackage(identity, Date.now());
      own.set(hex(made.ref), made);
      return made;
    },
    async offer({ keyPackage, secret }) {
      const { ref, notAfter } = await mls.inspectKeyPackage(keyPackage, Date.now());
      own.set(hex(ref), { keyPackage, secret, ref, notAfter });
      const queue = world.state.keyPackages.get(hex(identityKey)) ?? [];
      world.state.keyPackages.set(hex(identityKey), [...queue, keyPackage]);
    },
    async read() {
      const heard = await inbox(DEFAULT_QUEUE);
      for (const { id, members, former } of world.state.channels.values()) {
        const name = hex(identityKey);
        if (members.has(name) || former.has(name)) heard.push(...(await inbox(id)));
      }
      return heard;
    },
    place(channelId) {
      const here = [...places.values()].filter((place) => same(place.channelId, channelId));
      const newest = here.sort((a, b) => Buffer.compare(a.member.groupId, b.member.groupId)).at(-1);
      if (newest) return newest;
      throw new PrerequisiteFailed(`${username} has no group on ${hex(channelId)}`);
    },
    packageOf(peer) {
      const keyPackage = world.state.keyPackages.get(hex(peer))?.shift();
      if (keyPackage) return keyPackage;
      throw new PrerequisiteFailed("the SDK has left no KeyPackage at the server");
    },
    async startDirect(peer, keyPackage = person.packageOf(peer), above = 0) {
      const { state } = world;
      const channel = findPair(state, identityKey, peer) ?? newChannel(state, [identityKey, peer]);
      const groupId = directGroupId(channel.id, identityKey, peer, above);
      await found(channel.id, groupId, [keyPackage]);
      return channel.id;
    },
    async startGroup(members) {
      const groupId = new Uint8Array(newHybridKey().subarray(0, 32));
      const channel = newChannel(world.state, [identityKey, ...members], groupId);
      await found(channel.id, groupId, members.map(person.packageOf));
      return channel.id;
    },
    async encrypt(channelId, body) {
      const place = person.place(channelId);
      const { next, message } = await place.member.send(plaintextOf(contentOf(body)));
      place.member = next;
      return message;
    },
    async say(channelId, body) {
      const message = await person.encrypt(channelId, body);
      person.deliver(channelId, message);
      return message;
    },
    async commit(channelId, change = {}) {
      const place = person.place(channelId);
      const pending = await place.member.commit(change);
      for (const key of others(place)) world.enqueue(key, channelId, pending.message);
      place.member = pending.merge(place.member);
      for (const key of pending.added) welcome(key, pending.welcome);
      return pending.message;
    },
    deliver(channelId, message) {
      const recipients = others(person.place(channelId));
      const [only] = recipients;
      const payload = only && recipients.length === 1 ? person.seal(only, message) : message;
      for (const key of recipients) world.enqueue(key, channelId, payload);
    },
    seal(recipient, message) {
      const key = world.state.hybridKeys.get(hex(recipient));
      return key ? sealEnvelope(key, message) : message;
    },
  };

  function others({ member }: Place): Uint8Array[] {
    const keys = member.members.map((one) => one.identityKey);
    return keys.filter((key) => !same(key, identityKey));
  }

  function welcome(key: Uint8Array, message: Uint8Array | undefined): void {
    if (message) world.enqueue(key, DEFAULT_QUEUE, person.seal(key, message));
  }

  async function found(channelId: Uint8Array, groupId: Uint8Array, add: Uint8Array[]) {
    const alone = await mls.createGroup(groupId, identity, Date.now());
    const pending = await alone.commit({ add });
    places.set(hex(groupId), { channelId, member: pending.merge(alone) });
    for (const key of pending.added) welcome(key, pending.welcome);
  }

  async function inbox(channelId: Uint8Array): Promise<Heard[]> {
    const name = `${hex(identityKey)}/${hex(channelId)}`;
    const { messages } = world.state.inboxes.get(name) ?? { messages: [] };
    const fresh = messages.slice(positions.get(name) ?? 0);
    positions.set(name, messages.length);
    const heard: Heard[] = [];
    for (const { data } of fresh) {
      heard.push(await take(channelId, data).catch((error) => unreadable(channelId, data, error)));
    }
    return heard;
  }

  function unreadable(channelId: Uint8Array, payload: Uint8Array, error: Error): Heard {
    const sealed = payload[0] === ENVELOPE;
    const nothing = { groupId: NOTHING, message: NOTHING };
    return { kind: "unreadable", channelId, sealed, payload, ...nothing, why: error.message };
  }

  async function take(channelId: Uint8Array, payload: Uint8Array): Promise<Heard> {
    const sealed = payload[0] === ENVELOPE;
    const message = sealed ? openEnvelope(hybridKey, payload) : payload;
    const came = { channelId, payload, message, sealed };
    const peeked = mls.peek(message);
    if (peeked.kind === "welcome") return { ...came, ...(await enter(message)) };
    if (peeked.kind !== "private") throw new Error(`${username} gets a bare ${peeked.kind}`);
    const place = places.get(hex(peeked.groupId));
    if (place === undefined) throw new Error(`${username} gets a message of an unknown group`);
    const late = { ...came, kind: "late", groupId: peeked.groupId } as const;
    if (peeked.epoch < place.member.epoch && peeked.content !== "application") return late;
    const received = await place.member.receive(message);
    place.member = received.next;
    const { kind, sender } = received;
    const base = { ...came, kind, sender, groupId: peeked.groupId };
    if (received.kind !== "application") return base;
    return { ...base, plaintext: received.plaintext, ...textIn(received.plaintext) };
  }

  async function enter(message: Uint8Array): Promise<Pick<Heard, "kind" | "groupId">> {
    for (const ref of mls.welcomedBy(message)) {
      const mine = own.get(hex(ref));
      if (mine === undefined) continue;
      const member = await mls.join(message, mine.keyPackage, mine.secret);
      const { groupId } = member;
      places.set(hex(groupId), { channelId: channelOf(groupId), member });
      return { kind: "welcome", groupId };
    }
    throw new Error(`${username} gets a Welcome for a KeyPackage that is not there`);
  }

  function channelOf(groupId: Uint8Array): Uint8Array {
    if (groupId.length === 20) return groupId.slice(0, 16);
    const isRecord = ({ groupId: id }: { groupId: Uint8Array | undefined }) =>
      id && same(id, groupId);
    const channel = [...world.state.channels.values()].find(isRecord);
    if (channel === undefined) throw new Error(`a group without a record: ${hex(groupId)}`);
    return channel.id;
  }

  const queue: Uint8Array[] = [];
  for (let at = 0; at < keyPackages; at++) queue.push((await person.keyPackage()).keyPackage);
  world.state.keyPackages.set(hex(identityKey), queue);
  return person;
}

/** directGroupId is channel_id and a generation: the seconds of now, even for the smaller key of the two. */
export function directGroupId(
  channelId: Uint8Array,
  own: Uint8Array,
  peer: Uint8Array,
  above = 0,
): Uint8Array {
  const parity = hex(own) < hex(peer) ? 0 : 1;
  const least = Math.max(Math.floor(Date.now() / 1000), above + 1);
  const generation = least % 2 === parity ? least : least + 1;
  const groupId = Buffer.alloc(20);
  groupId.set(channelId);
  groupId.writeUInt32BE(generation, 16);
  return new Uint8Array(groupId);
}

/** A plaintext that is no content has no text; a case that wants more looks at it itself. */
function textIn(plaintext: Uint8Array): { text?: string } {
  try {
    const { body } = contentIn(plaintext);
    return body.case === "text" ? { text: body.value } : {};
  } catch {
    return {};
  }
}
