// Pinned keys: the first key of a name stays until the user agrees to another
// (spec/crypto/key-transparency.md, spec/client/client.md [client.pinning]).

import type { Operation } from "../storage/sql/statement.ts";
import { sameBytes } from "./bytes.ts";
import { ClientFault } from "./faults.ts";
import { type Contact, findContact, isRevoked, saveContact } from "./store/contacts.ts";

/** KeyChanged: a name leads to another key than the pinned one. Only Directory.acceptNewKey goes on from here. */
export class KeyChanged extends ClientFault {
  readonly pinned: Uint8Array;
  readonly offered: Uint8Array;
  constructor(username: string, pinned: Uint8Array, offered: Uint8Array) {
    super("key-changed", `${username} has another key than before`);
    this.pinned = pinned;
    this.offered = offered;
  }
}

/** Offer is a key that the server gave for a name. */
export interface Offer {
  readonly username: string;
  /** 32 bytes. */
  readonly identityKey: Uint8Array;
  /** The key that the user agreed to; undefined when nobody was asked. */
  readonly accepted: Uint8Array | undefined;
}

/** demandPinned throws KeyChanged unless the key is that of `known`, or the one that was agreed to. */
export function demandPinned(known: Contact | undefined, offer: Offer): void {
  const { username, identityKey, accepted } = offer;
  const before = known?.identityKey ?? accepted;
  const fitting = [known?.identityKey, accepted].some((key) => key && sameBytes(key, identityKey));
  if (before && !fitting) throw new KeyChanged(username, before, identityKey);
}

/** pin stores the key with the time of its resolution. It throws as demandPinned does. */
export function* pin(offer: Offer, now: number): Operation<Contact> {
  const { username, identityKey } = offer;
  const known = yield* findContact(username);
  demandPinned(known, offer);
  const isSame = known !== undefined && sameBytes(known.identityKey, identityKey);
  const contact: Contact = {
    username,
    identityKey,
    // Whoever compared the old safety number has not seen this one.
    trust: isSame ? known.trust : "pinned",
    revoked: yield* isRevoked(identityKey),
    blocked: known?.blocked ?? false,
    resolvedAt: now,
  };
  yield* saveContact(contact);
  return contact;
}
