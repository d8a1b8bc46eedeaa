// A call answered RateLimited changes nothing, whatever family it is of (spec/limits.md, Rate; I-23).
// Each case begins with an account of its own, whose window is full when the call is made.

import { createHash } from "node:crypto";
import type { DescMethod } from "@bufbuild/protobuf";
import {
  AccountService,
  BlobService,
  ChannelService,
  DeviceService,
  EndpointService,
  GroupService,
  KeyTransparencyService,
  ModerationService,
  RecoveryService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Family } from "../../../src/registry/families.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { tableCaseOf } from "../methods/table.ts";
import { featuresOf, whenOf } from "../requests.ts";
import { exhaust, look, nextWindow, rateCase, UNPACED } from "./steps.ts";

/** After so many calls that came through, because a window had moved on, the case gives up. */
const MOST_TRIES = 6;

interface Row {
  readonly family: Family;
  readonly what: string;
  readonly method: DescMethod;
  /** What must be there before; the window is not full yet. */
  readonly prepare?: (user: User, other: User) => Promise<void>;
  readonly call: (t: Trial, user: User, other: User) => Promise<Answer>;
  readonly expects: string;
  /** untouched looks, in the next window, whether the call did nothing. */
  readonly untouched: (t: Trial, user: User, other: User) => Promise<boolean>;
}

const { createChannel } = ChannelService.method;
const { removeMember, listGroupMembers } = GroupService.method;
const { reportMessage, listReports } = ModerationService.method;
const { revokeKey, checkRevocation } = KeyTransparencyService.method;
const { uploadBlob, downloadBlob } = BlobService.method;
const { registerDevice, listDevices } = DeviceService.method;
const { storeRecoveryBundle, fetchRecoveryBundle } = RecoveryService.method;
const { publishEndpoint, resolveEndpoint } = EndpointService.method;
const { deleteAccount } = AccountService.method;

const ROWS: readonly Row[] = [
  {
    family: "channel",
    what: "CreateChannel with another key",
    method: createChannel,
    call: (_, { call }, other) => call(createChannel, { peerKey: other.key }, UNPACED),
    expects: "the channel is new when it is made a second later",
    async untouched(_, { call }, other) {
      const answer = await call(createChannel, { peerKey: other.key });
      demandOk(answer, "CreateChannel");
      return answer.message().wasNew;
    },
  },
  {
    family: "group",
    what: "RemoveMember of another member",
    method: removeMember,
    async prepare({ call, key }, other) {
      const group = { groupId: sha256(key), memberKeys: [other.key] };
      demandOk(await call(createChannel, group), "CreateChannel");
    },
    call: (_, { call, key }, other) =>
      call(removeMember, { groupId: sha256(key), memberKey: other.key }, UNPACED),
    expects: "both members are listed",
    async untouched(_, { call, key }) {
      const answer = await call(listGroupMembers, { groupId: sha256(key) });
      demandOk(answer, "ListGroupMembers");
      return answer.message().members.length === 2;
    },
  },
  {
    family: "moderation",
    what: "ReportMessage",
    method: reportMessage,
    call: (t, { call, key }) =>
      call(reportMessage, { encryptedReport: t.bytes(40), reportedKey: key }, UNPACED),
    expects: "no report of the user is listed",
    async untouched(t, { key }) {
      const admin = await t.admin();
      const answer = await admin.call(listReports, {});
      demandOk(answer, "ListReports");
      const { reports } = answer.message();
      return !reports.some(({ reportedKey }) => Buffer.compare(reportedKey, key) === 0);
    },
  },
  {
    family: "kt",
    what: "RevokeKey of the own key",
    method: revokeKey,
    call: (_, { call, key }) =>
      call(revokeKey, { identityKey: key, reason: "superseded" }, UNPACED),
    expects: "the key is not revoked",
    async untouched(_, { call, key }) {
      const answer = await call(checkRevocation, { identityKey: key });
      demandOk(answer, "CheckRevocation");
      return !answer.message().revoked;
    },
  },
  {
    family: "blob",
    what: "UploadBlob of a whole blob",
    method: uploadBlob,
    call(_, { call, key }) {
      const blob = { blobId: sha256(key), totalSize: BigInt(key.length), chunk: key };
      return call(uploadBlob, blob, UNPACED);
    },
    expects: "DownloadBlob finds nothing",
    untouched: async (_, { call, key }) =>
      (await call(downloadBlob, { blobId: sha256(key) })).status === Status.NotFound,
  },
  {
    family: "device",
    what: "RegisterDevice",
    method: registerDevice,
    call: (_, { call, key }) => call(registerDevice, { deviceId: key.subarray(0, 16) }, UNPACED),
    expects: "no device is listed",
    async untouched(_, { call }) {
      const answer = await call(listDevices, {});
      demandOk(answer, "ListDevices");
      return answer.message().devices.length === 0;
    },
  },
  {
    family: "recovery",
    what: "StoreRecoveryBundle",
    method: storeRecoveryBundle,
    call: (t, { call, key }) =>
      call(storeRecoveryBundle, { tokenHash: sha256(key), bundle: t.bytes(40) }, UNPACED),
    expects: "FetchRecoveryBundle finds nothing",
    untouched: async (_, { call, key }) =>
      (await call(fetchRecoveryBundle, { recoveryToken: key })).status === Status.NotFound,
  },
  {
    family: "p2p",
    what: "PublishEndpoint",
    method: publishEndpoint,
    call: (t, { call, key }) =>
      call(publishEndpoint, { identityKey: key, nodeAddr: t.bytes(40) }, UNPACED),
    expects: "ResolveEndpoint answers no address",
    async untouched(_, { call, key }) {
      const answer = await call(resolveEndpoint, { identityKey: key });
      // Nothing is Ok with no bytes, or NotFound (S-08).
      if (answer.status === Status.NotFound) return true;
      demandOk(answer, "ResolveEndpoint");
      return answer.message().nodeAddr.length === 0;
    },
  },
  {
    family: "account",
    what: "DeleteAccount",
    method: deleteAccount,
    call: (_, { call }) => call(deleteAccount, {}, UNPACED),
    expects: "the session lives and the account logs in again",
    async untouched(t, user) {
      const { status } = await look(user);
      await t.logIn(user.account);
      return status === Status.Ok;
    },
  },
];

export const noEffectCases: readonly Case[] = ROWS.map(
  ({ family, what, method, prepare, call, expects, untouched }) =>
    rateCase({
      id: `limits.no-effect.${family}`,
      rules: ["limits.rate-limit-no-effect", "limits.rate-limit-key"],
      features: [...new Set(["auth", "delivery", ...featuresOf(methodOf(method))] as const)],
      twin: tableCaseOf(methodOf(method)),
      when: { ...whenOf(methodOf(method)), "rate-limit": ["on"] },
      sends: `Peeks of an account until one is refused, at once ${what}; a look at it a second later`,
      expects: `RateLimited, and ${expects}`,
      checks: ["answer", "untouched"],
      errata: ["I-23"],
      async run(t) {
        const other = await t.user();
        for (let tries = 1; ; tries++) {
          const user = await t.newUser();
          await prepare?.(user, other);
          await exhaust(() => look(user));
          const answer = await call(t, user, other);
          if (answer.status === Status.Ok && tries < MOST_TRIES) continue;
          t.refused(answer, Status.RateLimited);
          await nextWindow();
          const holds = await untouched(t, user, other);
          t.check("untouched", holds, { expected: expects, got: "the call took effect" });
          return;
        }
      },
    }),
);

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
