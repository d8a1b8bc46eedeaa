// The entry to MLS (RFC 9420) as this protocol uses it: spec/crypto/mls.md. Nothing outside this folder
// knows the library behind it.

import { createGroup, type MLSMessage } from "ts-mls";
import { decodeMessage } from "./bytes.ts";
import { CLIENT_CONFIG } from "./credentials.ts";
import { joinByCommit } from "./external.ts";
import { type GroupMember, MlsError, type PendingCommit } from "./group-member.ts";
import { joinByWelcome, readWelcome } from "./join.ts";
import { checkKeyPackage, newKeyPackage, ownKeyPackage, readKeyPackage } from "./key-package.ts";
import { createMember, createPending } from "./member.ts";
import { decodePendingState } from "./pending.ts";
import { decodeState, newEpoch } from "./state.ts";
import { randomSuite, type Suite } from "./suite.ts";

export interface MlsIdentity {
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 private key as RFC 8032 defines it, 32 bytes. */
  readonly privateKey: Uint8Array;
}

export interface InspectedKeyPackage {
  readonly identityKey: Uint8Array;
  /** KeyPackageRef, 32 bytes (RFC 9420 section 5.2): the name under which a Welcome asks for it. */
  readonly ref: Uint8Array;
  /** End of the lifetime, in milliseconds since 1970. */
  readonly notAfter: number;
}

export interface OwnKeyPackage {
  /** The KeyPackage itself, not wrapped in an MLSMessage. */
  readonly keyPackage: Uint8Array;
  /** The private keys of the KeyPackage, for `join`; to be forgotten when it was used. */
  readonly secret: Uint8Array;
  readonly ref: Uint8Array;
  readonly notAfter: number;
}

export interface ExternalJoin {
  readonly next: GroupMember;
  /** MLSMessage with the external commit, for all members. */
  readonly commit: Uint8Array;
}

/** Peeked: what an MLSMessage says about itself in the clear; nothing of it is verified. */
export type Peeked =
  | { readonly kind: "welcome" | "key-package" }
  | { readonly kind: "group-info"; readonly groupId: Uint8Array; readonly epoch: bigint }
  | {
      readonly kind: "private" | "public";
      readonly groupId: Uint8Array;
      readonly epoch: bigint;
      readonly content: "application" | "proposal" | "commit";
    };

/** Mls makes and reads members. `now` is in milliseconds since 1970. Everything throws MlsError. */
export interface Mls {
  /** generateKeyPackage makes one whose lifetime is from a day before `now` to 28 days after it. */
  generateKeyPackage(identity: MlsIdentity, now: number): Promise<OwnKeyPackage>;

  /**
   * inspectKeyPackage throws `malformed`, `ciphersuite`, `credential`, `lifetime` or `signature` for
   * whatever must not be added to a group.
   */
  inspectKeyPackage(keyPackage: Uint8Array, now: number): Promise<InspectedKeyPackage>;

  /** createGroup makes a group with the one member `identity`, in epoch 0. */
  createGroup(groupId: Uint8Array, identity: MlsIdentity, now: number): Promise<GroupMember>;

  /** welcomedBy lists the KeyPackageRefs of those whom a Welcome (as MLSMessage) is for. */
  welcomedBy(welcome: Uint8Array): readonly Uint8Array[];

  /** join enters a group by its Welcome; `secret` is emptied when it succeeded. It throws `welcome`. */
  join(welcome: Uint8Array, keyPackage: Uint8Array, secret: Uint8Array): Promise<GroupMember>;

  /** joinExternal enters a group without being asked; a leaf of the same identity makes way. */
  joinExternal(groupInfo: Uint8Array, identity: MlsIdentity, now: number): Promise<ExternalJoin>;

  /** decode reads what GroupMember.encode wrote. */
  decode(state: Uint8Array): GroupMember;

  /** decodePending reads what PendingCommit.encode wrote. */
  decodePending(pending: Uint8Array): PendingCommit;

  /** peek reads the outside of any MLSMessage; it throws `malformed`, and `welcome` for a broken Welcome. */
  peek(message: Uint8Array): Peeked;
}

export interface MlsOptions {
  /** Where randomness comes from: that of the system unless it is given. */
  readonly suite?: Suite;
  /** Milliseconds since 1970; the clock by which `commit` judges the lifetime of added KeyPackages. */
  readonly now?: () => number;
}

/** createMls answers MLS with the ciphersuite 0x0001. */
export async function createMls({ suite: given, now = Date.now }: MlsOptions = {}): Promise<Mls> {
  const suite = given ?? (await randomSuite());
  const around = { suite, now };
  return {
    async generateKeyPackage(identity, now) {
      return ownKeyPackage(await newKeyPackage(identity, now, suite), suite);
    },
    async inspectKeyPackage(keyPackage, now) {
      return checkKeyPackage(readKeyPackage(keyPackage), now, suite);
    },
    async createGroup(groupId, identity, now) {
      const { publicPackage, privatePackage } = await newKeyPackage(identity, now, suite);
      const id = Uint8Array.from(groupId);
      const group = await createGroup(id, publicPackage, privatePackage, [], suite, CLIENT_CONFIG);
      return createMember(newEpoch(group), around);
    },
    welcomedBy(welcome) {
      return readWelcome(welcome).secrets.map(({ newMember }) => Uint8Array.from(newMember));
    },
    async join(welcome, keyPackage, secret) {
      const state = await joinByWelcome(welcome, keyPackage, secret, suite);
      secret.fill(0);
      return createMember(state, around);
    },
    async joinExternal(groupInfo, identity, now) {
      const pair = await newKeyPackage(identity, now, suite);
      const { state, commit } = await joinByCommit(groupInfo, pair, suite);
      return { next: createMember(state, around), commit };
    },
    decode: (state) => createMember(decodeState(state), around),
    decodePending: (pending) => createPending(decodePendingState(pending), around),
    peek,
  };
}

function peek(bytes: Uint8Array): Peeked {
  const message = decodeNamed(bytes);
  switch (message.wireformat) {
    case "mls_welcome":
      return { kind: "welcome" };
    case "mls_key_package":
      return { kind: "key-package" };
    case "mls_group_info": {
      const { groupId, epoch } = message.groupInfo.groupContext;
      return { kind: "group-info", groupId: Uint8Array.from(groupId), epoch };
    }
    case "mls_private_message": {
      const { groupId, epoch, contentType: content } = message.privateMessage;
      return { kind: "private", groupId: Uint8Array.from(groupId), epoch, content };
    }
    case "mls_public_message": {
      const { groupId, epoch, contentType: content } = message.publicMessage.content;
      return { kind: "public", groupId: Uint8Array.from(groupId), epoch, content };
    }
  }
}

/** version mls10 (1) and wire_format mls_welcome (3), RFC 9420 section 6. */
const WELCOME_HEADER = Uint8Array.of(0, 1, 0, 3);

function decodeNamed(bytes: Uint8Array): MLSMessage {
  try {
    return decodeMessage(bytes);
  } catch (cause) {
    const isWelcome = WELCOME_HEADER.every((byte, at) => bytes[at] === byte);
    throw isWelcome ? new MlsError("welcome", "the Welcome is broken", { cause }) : cause;
  }
}
