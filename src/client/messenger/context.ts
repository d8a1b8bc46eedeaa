// What the parts of one messenger share.

import type { CryptoBackend } from "../../crypto/backend/backend.ts";
import type { Mls } from "../../crypto/mls/mls.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import type { Directory } from "../directory.ts";
import type { PeerKeys } from "../peer-keys.ts";
import type { Publisher } from "../publish.ts";
import type { Account } from "../store/account.ts";
import { type Conversation, findConversation } from "../store/conversations.ts";
import type { ClientStore } from "../store/open.ts";
import type { Absent } from "./absent.ts";
import { MessengerError } from "./errors.ts";
import type { Groups } from "./groups.ts";
import type { HybridKeyOf } from "./hybrid-keys.ts";
import type { Link } from "./link.ts";
import type { News } from "./news.ts";
import type { Overdue } from "./overdue.ts";
import type { Pauses } from "./pauses.ts";
import type { Trace } from "./trace.ts";

export interface Context {
  readonly store: ClientStore;
  readonly link: Link;
  readonly mls: Mls;
  readonly backend: CryptoBackend;
  readonly groups: Groups;
  readonly news: News;
  /** True when application messages go on a connection without a session (C-114). */
  readonly sealedSender: boolean;
  readonly trace: Trace;
  readonly pauses: Pauses;
  readonly absent: Absent;
  readonly overdue: Overdue;
  /** Groups, by their IDs in hexadecimal, whose wish went when this account was removed. */
  readonly dropped: Set<string>;
  /** Keys in hexadecimal of those whose names were asked for already. */
  readonly met: Set<string>;
  readonly directory: Directory;
  readonly peerKeys: PeerKeys;
  readonly publisher: Publisher;
  readonly hybridKeyOf: HybridKeyOf;
  /** signingKey answers the key of the server's receipts (32 bytes); undefined when it signs none. */
  signingKey(): Promise<Uint8Array | undefined>;
  /** now is in milliseconds since 1970. */
  now(): number;
  /** account throws MessengerError `no-account` before `register`. */
  account(): Account;
}

/** write runs an operation in a transaction of its own. */
export function write<T>({ store }: Context, operation: () => Operation<T>): Promise<T> {
  return store.database.write(operation());
}

export function read<T>({ store }: Context, operation: Operation<T>): Promise<T> {
  return store.database.read(operation);
}

/** conversationOf throws MessengerError `unknown-conversation`. */
export async function conversationOf(context: Context, id: Uint8Array): Promise<Conversation> {
  const conversation = await read(context, findConversation(id));
  if (conversation) return conversation;
  throw new MessengerError("unknown-conversation", "there is no such conversation");
}
