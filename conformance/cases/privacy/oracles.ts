// Calls that could tell whether somebody has an account: they answer alike for those who have one and
// those who have none. Login (102, 103) and the start of a registration stand in the cases of auth.

import {
  AuthService,
  DeliveryService,
  EndpointService,
  KeyService,
  KeyTransparencyService,
  RecoveryService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Family } from "../../../src/registry/families.ts";
import { newIdentityKey, newUsername } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { uploadOf } from "../auth/steps.ts";
import { alike } from "./steps.ts";

const { opaqueRegisterFinish } = AuthService.method;
const { enqueue, batchEnqueue, peek, ack } = DeliveryService.method;
const { uploadKeyPackage, fetchKeyPackage, fetchHybridKey, fetchHybridKeys } = KeyService.method;
const { checkRevocation } = KeyTransparencyService.method;
const { resolveEndpoint } = EndpointService.method;
const { fetchRecoveryBundle } = RecoveryService.method;

interface Row extends Pick<CaseSpec, "rules" | "when" | "errata"> {
  readonly name: string;
  readonly method: string;
  readonly family: Family;
  readonly ask: (t: Trial, caller: User, key: Uint8Array) => Promise<Answer>;
}

/** Calls about an identity key, by a caller who has an account. */
const ABOUT_A_KEY: readonly Row[] = [
  {
    name: "key-package",
    method: "FetchKeyPackage",
    family: "keys",
    rules: ["keys.empty-when-none"],
    errata: ["C-44"],
    when: { "keypackage-empty": ["ok"] },
    ask: (_, { call }, identityKey) => call(fetchKeyPackage, { identityKey }),
  },
  {
    name: "hybrid-key",
    method: "FetchHybridKey",
    family: "keys",
    rules: ["keys.hybrid-empty-when-none"],
    errata: ["C-44"],
    ask: (_, { call }, identityKey) => call(fetchHybridKey, { identityKey }),
  },
  {
    name: "hybrid-keys",
    method: "FetchHybridKeys",
    family: "keys",
    rules: ["keys.hybrid-batch"],
    ask: (_, { call }, key) => call(fetchHybridKeys, { identityKeys: [key, key] }),
  },
  {
    name: "revocation",
    method: "CheckRevocation",
    family: "kt",
    rules: ["kt.check-unknown"],
    ask: (_, { call }, identityKey) => call(checkRevocation, { identityKey }),
  },
  {
    name: "endpoint",
    method: "ResolveEndpoint",
    family: "p2p",
    rules: ["p2p.empty-when-none"],
    errata: ["C-44"],
    ask: (_, { call }, identityKey) => call(resolveEndpoint, { identityKey }),
  },
  {
    name: "enqueue",
    method: "Enqueue, the first for this inbox,",
    family: "delivery",
    rules: ["delivery.unregistered-recipient"],
    when: { "delivery-proof": ["off"] },
    errata: ["C-106"],
    ask: (t, { call }, recipientKey) => call(enqueue, { recipientKey, payload: t.bytes(40, "m") }),
  },
  {
    name: "batch-enqueue",
    method: "BatchEnqueue, the first for this inbox,",
    family: "delivery",
    rules: ["delivery.unregistered-recipient"],
    errata: ["C-106"],
    ask: (t, { call }, key) =>
      call(batchEnqueue, { recipientKeys: [key], payload: t.bytes(40, "m") }),
  },
  {
    name: "foreign-inbox",
    method: "Peek of a foreign inbox",
    family: "delivery",
    rules: ["delivery.own-inbox", "status.detail-alike"],
    errata: ["C-42"],
    ask: (_, { call }, recipientKey) => call(peek, { recipientKey }),
  },
  {
    name: "foreign-ack",
    method: "Ack of a foreign inbox",
    family: "delivery",
    rules: ["delivery.own-inbox", "status.detail-alike"],
    errata: ["C-42"],
    ask: (_, { call }, recipientKey) => call(ack, { recipientKey, seqUpTo: 1n }),
  },
  {
    name: "foreign-upload",
    method: "UploadKeyPackage for a foreign key",
    family: "keys",
    rules: ["keys.own-key", "status.detail-alike"],
    errata: ["C-42"],
    ask: (t, { call }, identityKey) =>
      call(uploadKeyPackage, { identityKey, package: t.bytes(40, "p") }),
  },
];

export const oracleCases: readonly Case[] = [
  ...ABOUT_A_KEY.map(({ name, method, family, ask, ...row }) =>
    defineCase({
      ...row,
      id: `privacy.oracle.${name}`,
      features: [...new Set(["auth", "delivery", family] as const)],
      sends: `${method} with the key of an account that never did anything, and with a key of nobody`,
      expects: "the same status and the same payload",
      async run(t) {
        const [caller, known] = [await t.user(), await t.newUser()];
        const ofAccount = await ask(t, caller, known.key);
        alike(t, ofAccount, await ask(t, caller, newIdentityKey()));
      },
    }),
  ),

  defineCase({
    id: "privacy.oracle.recovery-token",
    rules: ["recovery.unknown", "status.detail-alike"],
    features: ["auth", "recovery"],
    when: { "recovery-auth": ["token"] },
    sends:
      "FetchRecoveryBundle with the identity key of an account as the token, and with any token",
    expects: "the same status and the same payload",
    errata: ["C-66"],
    async run(t) {
      const { key } = await t.user();
      const peer = await t.peer();
      const ofAccount = await peer.call(fetchRecoveryBundle, { recoveryToken: key });
      const other = await peer.call(fetchRecoveryBundle, { recoveryToken: t.bytes(32) });
      alike(t, ofAccount, other);
    },
  }),

  defineCase({
    id: "privacy.oracle.register-finish",
    rules: ["auth.key-taken", "auth.username-taken"],
    features: ["auth"],
    sends: "a registration of a taken name with a new key, and one of a new name with a taken key",
    expects: "the same status and the same payload: which of the two is taken is not told",
    severity: "SHOULD",
    errata: ["C-27"],
    async run(t) {
      const { account, key } = await t.user();
      const peer = await t.peer();
      const finish = (username: string, identityKey: Uint8Array) =>
        peer.call(opaqueRegisterFinish, { username, identityKey, upload: uploadOf(t) });
      const takenName = await finish(account.username, newIdentityKey());
      alike(t, takenName, await finish(newUsername(), key));
    },
  }),
];
