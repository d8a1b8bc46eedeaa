// The private state of one member of one group, and its encoding. The encoding is ours alone; no other
// implementation reads it.

import {
  type ClientState,
  decodeGroupState,
  encodeGroupState,
  type UnappliedProposals,
} from "ts-mls";
import { concat } from "../bytes.ts";
import { equal, list, Reader, withLength } from "./bytes.ts";
import { CLIENT_CONFIG, KEY_BYTES } from "./credentials.ts";
import { asMlsError, demand } from "./errors.ts";
import { MlsError } from "./group-member.ts";
import { leafAt } from "./tree.ts";

const STATE_VERSION = 0x01;

export interface MemberState {
  readonly group: ClientState;
  /** Keys of own Update proposals that wait for a commit; the library does not keep them. */
  readonly updateKeys: readonly UpdateKey[];
}

export interface UpdateKey {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** ownIdentity is the identity key of the member whose state it is. */
export function ownIdentity({ group }: MemberState): Uint8Array {
  const leaf = leafAt(group.ratchetTree, group.privatePath.leafIndex);
  if (leaf === undefined) throw new MlsError("malformed", "a state without an own leaf");
  return leaf.signaturePublicKey;
}

/** afterRemoval is the state of a removed member: who was in the group, and no secret any more. */
export function afterRemoval(group: ClientState): MemberState {
  const none = new Uint8Array();
  const removed: ClientState = {
    ...group,
    keySchedule: {
      senderDataSecret: none,
      exporterSecret: none,
      externalSecret: none,
      confirmationKey: none,
      membershipKey: none,
      resumptionPsk: none,
      initSecret: none,
      epochAuthenticator: group.keySchedule.epochAuthenticator,
    },
    secretTree: [],
    privatePath: { ...group.privatePath, privateKeys: {} },
    signaturePrivateKey: none,
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "removedFromGroup" },
  };
  return { group: removed, updateKeys: [] };
}

/** newEpoch is a state at the beginning of an epoch: without keys that open nothing any more. */
export function newEpoch(group: ClientState): MemberState {
  const privateKeys: Record<number, Uint8Array> = {};
  for (const [index, key] of Object.entries(group.privatePath.privateKeys)) {
    if (group.ratchetTree[Number(index)] !== undefined) privateKeys[Number(index)] = key;
  }
  const privatePath = { ...group.privatePath, privateKeys };
  return { group: { ...group, privatePath }, updateKeys: [] };
}

/** encodeState: 0x01, the group's state with its length, the list of update keys. */
export function encodeState({ group, updateKeys }: MemberState): Uint8Array {
  const keys = updateKeys.map(({ publicKey, privateKey }) => concat(publicKey, privateKey));
  return concat(Uint8Array.of(STATE_VERSION), withLength(encodeGroupState(group)), list(keys));
}

/** decodeState reads what encodeState wrote, all of it; it throws `malformed`. */
export function decodeState(bytes: Uint8Array): MemberState {
  const reader = new Reader(bytes);
  reader.version(STATE_VERSION);
  const encodedGroup = reader.withLength();
  const updateKeys = reader.list().map(readUpdateKey);
  reader.end();
  const state = { group: decodeGroup(encodedGroup), updateKeys };
  ownIdentity(state);
  return state;
}

function decodeGroup(bytes: Uint8Array): ClientState {
  try {
    const decoded = decodeGroupState(bytes, 0);
    demand(decoded !== undefined, "malformed", "no state of a group");
    const [group, length] = decoded;
    demand(length === bytes.length, "malformed", "bytes after the state of a group");
    demand(equal(encodeGroupState(group), bytes), "malformed", "another encoding of a group");
    const unappliedProposals = withSenders(group.unappliedProposals);
    return { ...group, unappliedProposals, clientConfig: CLIENT_CONFIG };
  } catch (error) {
    throw asMlsError("malformed", error);
  }
}

/**
 * withSenders gives proposals of leaf 0 their sender back: the library encodes an optional number as absent
 * when it is 0. Proposals from outside, whose sender is truly absent, are never kept.
 */
function withSenders(proposals: UnappliedProposals): UnappliedProposals {
  const restored: UnappliedProposals = {};
  for (const [ref, { proposal, senderLeafIndex = 0 }] of Object.entries(proposals)) {
    restored[ref] = { proposal, senderLeafIndex };
  }
  return restored;
}

function readUpdateKey(bytes: Uint8Array): UpdateKey {
  demand(bytes.length === 2 * KEY_BYTES, "malformed", "an update key of another length");
  return { publicKey: bytes.slice(0, KEY_BYTES), privateKey: bytes.slice(KEY_BYTES) };
}
