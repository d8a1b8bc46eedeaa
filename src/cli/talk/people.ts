// Whom a name leads to, and whether it is really him (USER-004, CLIENT-007).

import { hexOf, sameBytes } from "../../client/bytes.ts";
import { CallError } from "../../client/call.ts";
import { ClientFault } from "../../client/faults.ts";
import { Unreachable } from "../../client/messenger/errors.ts";
import { introduce } from "../../client/messenger/people.ts";
import type { Messenger } from "../../client/messenger.ts";
import type { Contact } from "../../client/store/contacts.ts";
import { keyFingerprint } from "../../crypto/identity/fingerprint.ts";
import { UsageError } from "../../server/options.ts";
import type { Talk } from "./talk.ts";

/** fetchKey tells the key of a user; `accept` is a new one that was agreed to. It throws UsageError. */
export async function fetchKey(
  { messenger, print }: Talk,
  username: string,
  accept: Uint8Array | undefined,
): Promise<void> {
  const contact = accept
    ? await messenger.acceptNewKey(username, accept)
    : await messenger.resolve(username);
  if (accept && !sameBytes(accept, contact.identityKey)) {
    throw new UsageError(`${username} has the same key as before, and not the one to accept`);
  }
  print(`${username}: identity key ${hexOf(contact.identityKey)}`);
  print(`fingerprint ${keyFingerprint(contact.identityKey)}`);
  print(`trust: ${trustWords(contact)}`);
}

/** verify tells the safety number with a user, and notes that it was compared when `agrees`. */
export async function verify(
  { messenger, print }: Talk,
  username: string,
  agrees: boolean,
): Promise<void> {
  const { identityKey } = await resolveIfReachable({ messenger }, username);
  print(`safety number with ${username}: ${await messenger.safetyNumber(username)}`);
  if (agrees) await messenger.markVerified(username, identityKey);
  print(agrees ? `${username} is verified` : `compare it with ${username}, in person or by voice`);
}

/**
 * meet makes contacts of those whose keys have no name yet: the server says which one it is, and the log has
 * to agree. Whoever cannot be met goes by his key.
 */
export async function meet(messenger: Messenger, keys: readonly Uint8Array[]): Promise<void> {
  const known = [messenger.account, ...(await messenger.contacts())];
  const names = new Set(known.map(({ identityKey }) => hexOf(identityKey)));
  for (const identityKey of keys) {
    if (names.has(hexOf(identityKey))) continue;
    names.add(hexOf(identityKey));
    try {
      await introduce(messenger.session.caller, messenger.resolve, identityKey);
    } catch (error) {
      if (!NOT_MET.some((kind) => error instanceof kind)) throw error;
    }
  }
}

const NOT_MET = [CallError, ClientFault, Unreachable] as const;

/** trustWords says how far a contact is known. */
export function trustWords({ username, trust, revoked, blocked }: Contact): string {
  const log = username.includes("@") ? "proof from another server" : "checked in the log";
  const known = trust === "verified" ? "verified by safety number" : `pinned, ${log}`;
  return [known, ...(revoked ? ["revoked"] : []), ...(blocked ? ["blocked"] : [])].join(", ");
}

/** Somebody who is known already can be compared without the server. */
async function resolveIfReachable(
  { messenger }: Pick<Talk, "messenger">,
  username: string,
): Promise<Contact> {
  try {
    return await messenger.resolve(username);
  } catch (error) {
    const contacts = await messenger.contacts();
    const known = contacts.find((contact) => contact.username === username);
    if (known && error instanceof Unreachable) return known;
    throw error;
  }
}
