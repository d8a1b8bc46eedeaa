// What goes with an account (spec/services/account.md; I-08).

import { fromBinary } from "@bufbuild/protobuf";
import {
  BlobService,
  ChannelService,
  EndpointService,
  GroupService,
  KeyService,
  RecoveryService,
  UserService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { PushEventType } from "../../../src/gen/qpc/v1/push_event_type_pb.ts";
import { GroupMembershipChangeSchema, MembershipChange } from "../../../src/gen/qpc/v1/push_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { sha256 } from "../bytes.ts";
import { put, sameBytes } from "../delivery/inbox.ts";
import { holds, hybridKey, hybridOf, packagesFor, putHybrid, take, upload } from "../keys/steps.ts";
import { accountCase, channelOf, putOn, remove } from "./steps.ts";

const EVENT_MS = 4_000;

/** Calls around a deletion. */
const AROUND = 60;

export const dataCases: readonly Case[] = [
  accountCase({
    id: "account.data.inbox",
    rules: ["account.data"],
    when: { seq: ["contiguous"] },
    sends: "two messages for a user, its DeleteAccount, and one message more",
    expects: "the queue of the key begins anew: seq 1, and no duplicate of the first message",
    checks: ["answer", "seq", "duplicate"],
    errata: ["I-08", "C-37"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const messageId = t.bytes(16);
      await put(bob, alice, "first", { messageId });
      await put(bob, alice, "second");
      t.status(await remove(alice), Status.Ok);
      const { seq, duplicate } = await put(bob, alice, "first", { messageId });
      t.check("seq", seq === 1n, { expected: "seq 1", got: `seq ${seq}` });
      t.check("duplicate", !duplicate, { expected: "a new message", got: "duplicate = true" });
    },
  }),

  accountCase({
    id: "account.data.keys",
    rules: ["account.data"],
    features: ["keys"],
    sends: "DeleteAccount by a user with a KeyPackage and a hybrid key",
    expects: "Ok, and nothing to fetch for its key",
    checks: ["answer", "package", "hybrid"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const [own] = packagesFor(t, alice, "package");
      const hybrid = hybridKey(t, "hybrid key");
      await upload(alice, [own]);
      await putHybrid(alice, hybrid);
      t.status(await remove(alice), Status.Ok);
      holds(t, "package", [own], [await take(bob, alice.key)], "none");
      holds(t, "hybrid", [hybrid], [await hybridOf(bob, alice.key)], "none");
    },
  }),

  accountCase({
    id: "account.data.endpoint",
    rules: ["account.data"],
    features: ["p2p"],
    when: { reconstructed: ["draft"] },
    sends: "DeleteAccount by a user with a published endpoint",
    expects: "Ok, and ResolveEndpoint answers no bytes",
    checks: ["answer", "resolved"],
    async run(t) {
      const { publishEndpoint, resolveEndpoint } = EndpointService.method;
      const [alice, bob] = [await t.newUser(), await t.user()];
      const publication = { identityKey: alice.key, nodeAddr: t.bytes(40) };
      demandOk(await alice.call(publishEndpoint, publication), "PublishEndpoint");
      t.status(await remove(alice), Status.Ok);
      const answer = await bob.call(resolveEndpoint, { identityKey: alice.key });
      const length = answer.status === Status.Ok ? answer.message().nodeAddr.length : 0;
      const fits = [Status.Ok, Status.NotFound].includes(answer.status as never) && length === 0;
      t.check("resolved", fits, {
        expected: "no bytes",
        got: `${statusName(answer.status)}, ${length} bytes`,
      });
    },
  }),

  accountCase({
    id: "account.data.recovery-bundle",
    rules: ["account.data"],
    features: ["recovery"],
    when: { reconstructed: ["draft"], "recovery-auth": ["token"] },
    sends: "DeleteAccount by a user with a recovery bundle, then its token",
    expects: "Ok, then NotFound",
    checks: ["answer", "bundle"],
    async run(t) {
      const { storeRecoveryBundle, fetchRecoveryBundle } = RecoveryService.method;
      const alice = await t.newUser();
      const recoveryToken = sha256(alice.key);
      const stored = { tokenHash: sha256(recoveryToken), bundle: t.bytes(40) };
      demandOk(await alice.call(storeRecoveryBundle, stored), "StoreRecoveryBundle");
      t.status(await remove(alice), Status.Ok);
      isAbsent(t, "bundle", await (await t.peer()).call(fetchRecoveryBundle, { recoveryToken }));
    },
  }),

  accountCase({
    id: "account.data.amid-calls",
    rules: ["account.data", "account.sessions-end"],
    features: ["keys", "p2p", "recovery"],
    when: { reconstructed: ["draft"], "recovery-auth": ["token"] },
    sends: `DeleteAccount between ${AROUND} calls that store something for the account, all at once`,
    expects: "Ok; a call that comes too late is refused or stores nothing",
    checks: ["answer", "others", "package", "endpoint", "bundle"],
    errata: ["I-06", "I-08"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const { publishEndpoint, resolveEndpoint } = EndpointService.method;
      const { storeRecoveryBundle, fetchRecoveryBundle } = RecoveryService.method;
      const { uploadKeyPackage } = KeyService.method;
      const recoveryToken = sha256(alice.key);
      const own = { identityKey: alice.key };
      const bundle = { tokenHash: sha256(recoveryToken), bundle: t.bytes(40) };
      const [known] = packagesFor(t, alice, "package");
      const store = () => [
        alice.call(publishEndpoint, { ...own, nodeAddr: known.bytes.subarray(0, 40) }),
        alice.call(storeRecoveryBundle, bundle),
        alice.call(uploadKeyPackage, { ...own, package: known.bytes }),
      ];
      const some = () => Array.from({ length: AROUND / 6 }, store).flat();
      const [before, deletion, after] = [some(), remove(alice), some()];
      t.status(await deletion, Status.Ok);
      const statuses = (await Promise.all([...before, ...after])).map(({ status }) => status);
      const strange = statuses.filter(
        (status) => status !== Status.Ok && status !== Status.Unauthorized,
      );
      t.check("others", strange.length === 0, {
        expected: "Ok or Unauthorized to each",
        got: strange.map(statusName).join(", "),
      });
      holds(t, "package", [known], [await take(bob, alice.key)], "none");
      const endpoint = await bob.call(resolveEndpoint, own);
      const length = endpoint.status === Status.Ok ? endpoint.message().nodeAddr.length : 0;
      t.check("endpoint", length === 0, { expected: "no bytes", got: `${length} bytes` });
      isAbsent(t, "bundle", await bob.call(fetchRecoveryBundle, { recoveryToken }));
    },
  }),

  accountCase({
    id: "account.data.name",
    rules: ["account.data", "user.not-found"],
    features: ["user"],
    when: { reconstructed: ["draft"] },
    sends: "DeleteAccount, then ResolveUser for the name and ResolveIdentity for the key",
    expects: "Ok, then NotFound to both",
    checks: ["answer", "name", "key"],
    async run(t) {
      const { resolveUser, resolveIdentity } = UserService.method;
      const [alice, bob] = [await t.newUser(), await t.user()];
      t.status(await remove(alice), Status.Ok);
      const { username } = alice.account;
      isAbsent(t, "name", await bob.call(resolveUser, { username }));
      isAbsent(t, "key", await bob.call(resolveIdentity, { identityKey: alice.key }));
    },
  }),

  accountCase({
    id: "account.memberships.channel",
    rules: ["account.memberships", "delivery.channel-members"],
    features: ["channel"],
    when: { reconstructed: ["draft"] },
    twin: "methods.table.400-create-channel",
    sends: "DeleteAccount by one of two on a channel, then a message of the other for it there",
    expects: "Ok, then Forbidden",
    checks: ["deleted", "answer"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const channelId = await channelOf(alice, bob);
      const { status } = await remove(alice);
      t.demand("deleted", status === Status.Ok, { expected: "Ok", got: statusName(status) });
      t.refused(await putOn(channelId, bob, alice, "too late"), Status.Forbidden);
    },
  }),

  accountCase({
    id: "account.memberships.group",
    rules: ["account.memberships"],
    features: ["channel", "group"],
    when: { reconstructed: ["draft"] },
    sends: "DeleteAccount by one of three in a group, then ListGroupMembers by another",
    expects: "Ok, then the two that are left",
    checks: ["answer", "members"],
    async run(t) {
      const [alice, bob, carol] = [await t.newUser(), await t.user(), await t.user()];
      const groupId = t.bytes(32);
      const group = { groupId, memberKeys: [alice.key, carol.key] };
      demandOk(await bob.call(ChannelService.method.createChannel, group), "CreateChannel");
      t.status(await remove(alice), Status.Ok);
      const list = await bob.call(GroupService.method.listGroupMembers, { groupId });
      demandOk(list, "ListGroupMembers");
      const keys = list.message().members.map(({ identityKey }) => identityKey);
      const isListed = keys.some((key) => sameBytes(key, alice.key));
      t.check("members", keys.length === 2 && !isListed, {
        expected: "the two others",
        got: `${keys.length} members${isListed ? ", the deleted one among them" : ""}`,
      });
    },
  }),

  accountCase({
    id: "account.memberships.event",
    rules: ["account.memberships"],
    features: ["channel", "group", "push"],
    when: { reconstructed: ["draft"], push: ["on"], "push-payload": ["bare"] },
    sends: "DeleteAccount by one of two in a group",
    expects: "Ok, and event 1003 with change REMOVED to the other",
    checks: ["answer", "event"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const groupId = t.bytes(32);
      const group = { groupId, memberKeys: [alice.key] };
      demandOk(await bob.call(ChannelService.method.createChannel, group), "CreateChannel");
      t.status(await remove(alice), Status.Ok);
      const event = await bob.peer.events.find(({ eventType, payload }) => {
        if (eventType !== PushEventType.MEMBERSHIP) return false;
        const told = fromBinary(GroupMembershipChangeSchema, payload);
        const isAbout = sameBytes(told.groupId, groupId) && sameBytes(told.memberKey, alice.key);
        return isAbout && told.change === MembershipChange.REMOVED;
      }, EVENT_MS);
      t.check("event", event !== undefined, { expected: "event 1003 REMOVED", got: "none" });
    },
  }),

  accountCase({
    id: "account.blobs.own",
    rules: ["account.blobs"],
    features: ["blob"],
    when: { reconstructed: ["draft"], blobs: ["on"] },
    sends: "DeleteAccount by the only uploader of a blob, then DownloadBlob by another user",
    expects: "Ok, then NotFound",
    checks: ["answer", "blob"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const chunk = t.bytes(100);
      const blob = { blobId: sha256(chunk), totalSize: 100n, chunk };
      demandOk(await alice.call(BlobService.method.uploadBlob, blob), "UploadBlob");
      t.status(await remove(alice), Status.Ok);
      const { blobId } = blob;
      isAbsent(t, "blob", await bob.call(BlobService.method.downloadBlob, { blobId }));
    },
  }),
];

function isAbsent(t: Trial, check: string, { status }: Answer): void {
  t.check(check, status === Status.NotFound, {
    expected: statusName(Status.NotFound),
    got: statusName(status),
  });
}
