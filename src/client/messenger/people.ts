// The people of a messenger: who a key belongs to, and how far that is known.

import { UserService } from "../../gen/qpc/v1/methods_pb.ts";
import type { Caller } from "../../rpc/caller.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import { hexOf, sameBytes } from "../bytes.ts";
import { CallError } from "../call.ts";
import { createClient, ResponseError } from "../client.ts";
import { ClientFault } from "../faults.ts";
import { type Contact, changeContact, findContact, findContactByKey } from "../store/contacts.ts";
import { type Context, read, write } from "./context.ts";
import { MessengerError, Unreachable } from "./errors.ts";
import { addFault, type SenderTrust } from "./news.ts";

export interface Sender {
  /** Username of a contact; undefined when the key is nobody's that we know. */
  readonly senderName: string | undefined;
  readonly trust: SenderTrust;
}

/** describeSender says who a key belongs to; nobody is `verified` but a contact who was compared. */
export function* describeSender({ account }: Context, key: Uint8Array): Operation<Sender> {
  const { identityKey, username } = account();
  if (sameBytes(key, identityKey)) return { senderName: username, trust: "own" };
  const contact = yield* findContactByKey(key);
  if (contact === undefined) return { senderName: undefined, trust: "unknown" };
  return { senderName: contact.username, trust: contact.revoked ? "revoked" : contact.trust };
}

/**
 * meet makes a contact of somebody who writes to us first: the server says which name the key has, and the
 * log has to agree. Whoever cannot be met stays unknown. It throws Unreachable and the errors of a login.
 */
export async function meet(context: Context, key: Uint8Array): Promise<void> {
  // With sealed sender, asking would tell the server who wrote.
  if (context.sealedSender || context.met.has(hexOf(key))) return;
  if (sameBytes(key, context.account().identityKey)) return;
  if (await read(context, findContactByKey(key))) return;
  try {
    const { directory, link } = context;
    const resolve = async (username: string) => (await directory.resolve(username)).contact;
    await introduce(link.caller, resolve, key);
    context.met.add(hexOf(key));
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    context.met.add(hexOf(key));
    if (error instanceof CallError || error instanceof ResponseError) return;
    if (!(error instanceof ClientFault)) throw error;
    addFault(context.news, { fault: error, channelId: undefined, seq: undefined });
  }
}

/**
 * introduce answers the contact that a key belongs to: the server says which of its users it is, and what that
 * name leads to by `resolve` has to be this key. It throws ClientFault `log-proof` when it is not, and for a
 * name elsewhere (with `@`), for which no log here could speak; and the errors of its calls.
 */
export async function introduce(
  caller: Caller,
  resolve: (username: string) => Promise<Contact>,
  identityKey: Uint8Array,
): Promise<Contact> {
  const { username } = await createClient(UserService, caller).resolveIdentity({ identityKey });
  if (username.includes("@")) {
    throw new ClientFault("log-proof", `the server names a key ${username}, a user elsewhere`);
  }
  const contact = await resolve(username);
  if (sameBytes(contact.identityKey, identityKey)) return contact;
  throw new ClientFault("log-proof", `the server names a key ${username}, who has another`);
}

/** knownContact throws MessengerError `unknown-user` for a name that was never resolved. */
export async function knownContact(context: Context, username: string): Promise<Contact> {
  return demandKnown(username, await read(context, findContact(username)));
}

/** changeKnown throws as knownContact does. */
export async function changeKnown(
  context: Context,
  username: string,
  change: Partial<Omit<Contact, "username">>,
): Promise<Contact> {
  return demandKnown(username, await write(context, () => changeContact(username, change)));
}

/**
 * markCompared notes that the safety number of this key was compared. It throws as knownContact does, and
 * MessengerError `other-key` when the name leads to another key by now.
 */
export async function markCompared(
  context: Context,
  username: string,
  compared: Uint8Array | undefined,
): Promise<Contact> {
  return write(context, function* () {
    const { identityKey } = demandKnown(username, yield* findContact(username));
    if (compared && !sameBytes(compared, identityKey)) {
      throw new MessengerError("other-key", `${username} has another key than the compared one`);
    }
    return demandKnown(username, yield* changeContact(username, { trust: "verified" }));
  });
}

function demandKnown(username: string, contact: Contact | undefined): Contact {
  if (contact) return contact;
  throw new MessengerError("unknown-user", `there is no contact ${username}`);
}
