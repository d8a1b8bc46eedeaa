// How people and conversations are called here: @user, #group; who has no name goes by a part of his key.

import { hexOf } from "../../client/bytes.ts";
import type { Messenger } from "../../client/messenger.ts";
import { compareNames } from "../../client/store/contacts.ts";
import type { Conversation } from "../../client/store/conversations.ts";
import { keyFingerprint } from "../../crypto/identity/fingerprint.ts";

export interface Labels {
  /** person answers a username, or the first digits of the fingerprint of a key, as in `<0a1b2c3d>`. */
  person(identityKey: Uint8Array): string;
  /** place answers the label of a conversation, `@bob` or `#team`. */
  place(conversation: Conversation): string;
  /** placeOf does the same for an ID; undefined when there is no such conversation. */
  placeOf(conversationId: Uint8Array): string | undefined;
  /** isDirect is true for a conversation of two. */
  isDirect(conversationId: Uint8Array): boolean;
}

const ID_DIGITS = 8;

/** With these a name could look like a name and a mark, or like a fingerprint. */
const IMITATION = /[\s[\]<>✓]/gu;

/** loadLabels reads the names as they are now. */
export async function loadLabels(
  messenger: Pick<Messenger, "account" | "contacts" | "conversations">,
): Promise<Labels> {
  const [contacts, conversations] = await Promise.all([
    messenger.contacts(),
    messenger.conversations(),
  ]);
  // As the messenger does: a mark has to be that of the name which it stands behind.
  const lastFirst = [...contacts].sort(compareNames).reverse();
  const names = new Map(
    lastFirst.map(({ identityKey, username }) => [hexOf(identityKey), username]),
  );
  names.set(hexOf(messenger.account.identityKey), messenger.account.username);
  const places = new Map(
    conversations.map((conversation) => [hexOf(conversation.id), conversation]),
  );

  const person = (key: Uint8Array) => personLabel(names.get(hexOf(key)), key);
  const place = ({ id, kind, name, peerKey, groupRecordId }: Conversation) => {
    if (kind === "direct") return `@${peerKey ? person(peerKey) : hexOf(id).slice(0, ID_DIGITS)}`;
    return `#${name || hexOf(groupRecordId ?? id).slice(0, ID_DIGITS)}`;
  };
  return {
    person,
    place,
    placeOf(conversationId) {
      const conversation = places.get(hexOf(conversationId));
      return conversation && place(conversation);
    },
    isDirect: (conversationId) => places.get(hexOf(conversationId))?.kind === "direct",
  };
}

/** personLabel answers a name that cannot be taken for anything else, or a part of the key without one. */
export function personLabel(name: string | undefined, key: Uint8Array): string {
  return name?.replace(IMITATION, "\ufffd") ?? shortFingerprint(key);
}

function shortFingerprint(key: Uint8Array): string {
  return `<${keyFingerprint(key).replaceAll(" ", "").slice(0, ID_DIGITS)}>`;
}
