// The stores of one database: each call is one operation, in one transaction.
// Spec: services/auth.md, sessions.md, services/delivery.md, services/keys.md, services/channel.md.

import { LIMITS } from "../../registry/limits.ts";
import type { Stores } from "../stores.ts";
import { createChannel, findChannel } from "./channels.ts";
import { enqueue, viewInbox } from "./deliveries.ts";
import { getHybridKeys, putHybridKey } from "./hybrid-keys.ts";
import { ackInbox, type StoreLimits } from "./inboxes.ts";
import { popKeyPackage, uploadKeyPackage } from "./key-packages.ts";
import { getOrCreateState } from "./server-state.ts";
import { createSession, findSession } from "./sessions.ts";
import type { Database } from "./statement.ts";
import { sweep } from "./sweep.ts";
import { findUser, registerUser } from "./users.ts";

/** The caps of an inbox (C-106) [delivery.inbox-cap]. */
const DEFAULT_LIMITS: StoreLimits = {
  inboxMessages: LIMITS.inboxMessages.value,
  inboxBytes: LIMITS.inboxBytes.value,
};

/** createStores answers the stores of an opened, migrated database, which it owns: its close closes it. */
export function createStores(database: Database, limits: Partial<StoreLimits> = {}): Stores {
  const { read, write } = database;
  const caps: StoreLimits = { ...DEFAULT_LIMITS, ...limits };
  return {
    users: {
      register: (user, now) => write(registerUser(user, now)),
      find: (username) => read(findUser(username)),
    },
    sessions: {
      create: (session, now) => write(createSession(session, now)),
      find: (tokenHash, now) => read(findSession(tokenHash, now)),
    },
    deliveries: {
      enqueue: (batch, now) => write(enqueue(batch, caps, now)),
      view: (inbox, deviceId, bounds) => read(viewInbox(inbox, deviceId, bounds)),
      ack: (inbox, deviceId, seqUpTo) => write(ackInbox(inbox, deviceId, seqUpTo)),
    },
    keyPackages: {
      upload: (entry, cap, now) => write(uploadKeyPackage(entry, cap, now)),
      pop: (identityKey, now) => write(popKeyPackage(identityKey, now)),
    },
    hybridKeys: {
      put: (identityKey, publicKey, now) => write(putHybridKey(identityKey, publicKey, now)),
      getMany: (identityKeys) => read(getHybridKeys(identityKeys)),
    },
    channels: {
      find: (channelId) => read(findChannel(channelId)),
      create: (channelId, members, now) => write(createChannel(channelId, members, now)),
    },
    serverState: {
      getOrCreate: (name, create) => write(getOrCreateState(name, create)),
    },
    sweep: (now, batch) => write(sweep(now, batch)),
    close: () => database.close(),
  };
}
