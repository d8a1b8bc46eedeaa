// The stores of one database: each call is one operation, in one transaction.
// Spec: sessions.md, services/*.md.

import { LIMITS } from "../../registry/limits.ts";
import type { OwnedBlobStore } from "../blob-store.ts";
import type { Stores } from "../stores.ts";
import { deleteAccount } from "./accounts.ts";
import { isBanned } from "./bans.ts";
import { findChannel, findStandings, openPair } from "./channels.ts";
import { enqueue, viewInbox } from "./deliveries.ts";
import {
  bindSession,
  findPushToken,
  listDevices,
  registerDevice,
  revokeDevice,
  setPushToken,
} from "./devices.ts";
import { findDomains, haveAccounts, learnAddress, listPeers, setPeers } from "./federation.ts";
import { describeGroup, isMember, listGroupMembers, openGroup, removeMember } from "./groups.ts";
import { getHybridKeys, putHybridKey } from "./hybrid-keys.ts";
import type { StoreLimits } from "./inboxes.ts";
import { popKeyPackage, uploadKeyPackage } from "./key-packages.ts";
import { findRevocation, readLeaves } from "./kt.ts";
import { fileReport, liftBan, listBanned, listReports, setBan } from "./moderation.ts";
import { publishEndpoint, resolveEndpoint } from "./p2p.ts";
import { fetchBundle, removeBundle, storeBundle } from "./recovery.ts";
import { revokeAccountKey } from "./revocations.ts";
import { getOrCreateState } from "./server-state.ts";
import { createSession, findSession } from "./sessions.ts";
import type { Database } from "./statement.ts";
import { sweep } from "./sweep.ts";
import { findUser, findUserByKey, registerUser } from "./users.ts";
import { ackInbox } from "./views.ts";

/** The caps of an inbox (C-106) [delivery.inbox-cap]. */
const DEFAULT_LIMITS: StoreLimits = {
  inboxMessages: LIMITS.inboxMessages.value,
  inboxBytes: LIMITS.inboxBytes.value,
};

/**
 * createStores answers the stores of an opened, migrated database, with the store of blobs made on it.
 * It owns both: its close closes them.
 */
export function createStores(
  database: Database,
  blobs: OwnedBlobStore,
  limits: Partial<StoreLimits> = {},
): Stores {
  const { read, write } = database;
  const caps: StoreLimits = { ...DEFAULT_LIMITS, ...limits };
  return {
    users: {
      register: (user, leafHash, now) => write(registerUser(user, leafHash, now)),
      find: (username) => read(findUser(username)),
      findByKey: (identityKey) => read(findUserByKey(identityKey)),
    },
    kt: {
      leaves: (from, limit) => read(readLeaves(from, limit)),
      revoke: (revocation, now) => write(revokeAccountKey(revocation, now)),
      findRevocation: (identityKey) => read(findRevocation(identityKey)),
    },
    sessions: {
      create: (session, now) => write(createSession(session, now)),
      find: (tokenHash, now) => read(findSession(tokenHash, now)),
    },
    devices: {
      register: (tokenHash, device, cap, now) => write(registerDevice(tokenHash, device, cap, now)),
      bind: (tokenHash, deviceId) => write(bindSession(tokenHash, deviceId)),
      list: (identityKey) => read(listDevices(identityKey)),
      revoke: (identityKey, deviceId) => write(revokeDevice(identityKey, deviceId)),
      setPushToken: (identityKey, deviceId, token) =>
        write(setPushToken(identityKey, deviceId, token)),
      pushToken: (identityKey, deviceId) => read(findPushToken(identityKey, deviceId)),
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
      openPair: (pair, now) => write(openPair(pair, now)),
      find: (channelId) => read(findChannel(channelId)),
      standings: (channelId, identityKeys) => read(findStandings(channelId, identityKeys)),
    },
    groups: {
      open: (call, most, now) => write(openGroup(call, most, now)),
      isMember: (groupId, identityKey) => read(isMember(groupId, identityKey)),
      remove: (groupId, memberKey, now) => write(removeMember(groupId, memberKey, now)),
      describe: (groupId, change) => write(describeGroup(groupId, change)),
      members: (groupId, afterKey, limit) => read(listGroupMembers(groupId, afterKey, limit)),
    },
    federation: {
      setPeers: (peers, now) => write(setPeers(peers, now)),
      peers: () => read(listPeers()),
      learn: (identityKey, domain, now) => write(learnAddress(identityKey, domain, now)),
      domainsOf: (identityKeys) => read(findDomains(identityKeys)),
      haveAccounts: (identityKeys) => read(haveAccounts(identityKeys)),
    },
    moderation: {
      report: (report, quota, now) => write(fileReport(report, quota, now)),
      listReports: (afterId, bounds) => read(listReports(afterId, bounds)),
      ban: (ban) => write(setBan(ban)),
      unban: (identityKey, channelId, now) => write(liftBan(identityKey, channelId, now)),
      isBanned: (identityKey, channelId, now) => read(isBanned(identityKey, channelId, now)),
      listBanned: (channelId, afterKey, bounds) => read(listBanned(channelId, afterKey, bounds)),
    },
    blobs,
    recovery: {
      store: (bundle, cap, now) => write(storeBundle(bundle, cap, now)),
      fetch: (tokenHash) => read(fetchBundle(tokenHash)),
      remove: (tokenHash, identityKey) => write(removeBundle(tokenHash, identityKey)),
    },
    endpoints: {
      publish: (identityKey, nodeAddress, now) =>
        write(publishEndpoint(identityKey, nodeAddress, now)),
      resolve: (identityKey) => read(resolveEndpoint(identityKey)),
    },
    accounts: {
      delete: (deletion, now) => write(deleteAccount(deletion, now)),
    },
    serverState: {
      getOrCreate: (name, create) => write(getOrCreateState(name, create)),
    },
    async sweep(now, batch) {
      const rows = await write(sweep(now, batch));
      return rows + (await blobs.collect(batch));
    },
    async close() {
      await database.close();
      await blobs.close();
    },
  };
}
