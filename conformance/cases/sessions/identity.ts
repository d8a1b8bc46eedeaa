// Whose inbox and keys a session acts on, and the methods that want one (spec/sessions.md).

import { DeliveryService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Answer, Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";

const { enqueue, fetch, fetchWait, peek, ack, batchEnqueue } = DeliveryService.method;
const { uploadKeyPackage, fetchKeyPackage, uploadHybridKey, fetchHybridKey, fetchHybridKeys } =
  KeyService.method;

type Caller = Pick<Peer, "call">;

interface Row {
  readonly check: string;
  readonly call: (at: Caller, key: Uint8Array, t: Trial) => Promise<Answer>;
}

/** Methods that act on the inbox or the keys of their caller. */
const OWNER: readonly Row[] = [
  { check: "fetch", call: (at, recipientKey) => at.call(fetch, { recipientKey }) },
  { check: "fetch-wait", call: (at, recipientKey) => at.call(fetchWait, { recipientKey }) },
  { check: "peek", call: (at, recipientKey) => at.call(peek, { recipientKey }) },
  { check: "ack", call: (at, recipientKey) => at.call(ack, { recipientKey, seqUpTo: 1n }) },
  {
    check: "upload-key-package",
    call: (at, identityKey, t) => at.call(uploadKeyPackage, { identityKey, package: t.bytes(64) }),
  },
  {
    check: "upload-hybrid-key",
    call: (at, identityKey, t) =>
      at.call(uploadHybridKey, { identityKey, hybridPublicKey: t.bytes(1216) }),
  },
];

/** Methods that anybody with a session may call for any key. */
const ANYBODY: readonly Row[] = [
  {
    check: "enqueue",
    call: (at, recipientKey, t) => at.call(enqueue, { recipientKey, payload: t.bytes(8) }),
  },
  {
    check: "batch-enqueue",
    call: (at, key, t) => at.call(batchEnqueue, { recipientKeys: [key], payload: t.bytes(8) }),
  },
  {
    check: "fetch-key-package",
    call: (at, identityKey) => at.call(fetchKeyPackage, { identityKey }),
  },
  {
    check: "fetch-hybrid-key",
    call: (at, identityKey) => at.call(fetchHybridKey, { identityKey }),
  },
  {
    check: "fetch-hybrid-keys",
    call: (at, key) => at.call(fetchHybridKeys, { identityKeys: [key] }),
  },
];

const READINGS = {
  "sealed-sender": ["off"],
  "keypackage-empty": ["ok"],
  "ciphersuite-allowlist": ["off"],
} as const;

export const identityCases: readonly Case[] = [
  defineCase({
    id: "sessions.own-identity.own-key",
    rules: ["sessions.own-identity"],
    features: ["auth", "delivery", "keys"],
    when: READINGS,
    sends: "every method of the inbox and of keys, with the key of the session",
    expects: "Ok for all",
    checks: [...OWNER, ...ANYBODY].map(({ check }) => check),
    errata: ["C-42"],
    async run(t) {
      const alice = await t.newUser();
      for (const { check, call } of [...OWNER, ...ANYBODY]) {
        const { status } = await call(alice, alice.key, t);
        t.check(check, status === Status.Ok, { expected: "Ok", got: statusName(status) });
      }
    },
  }),

  defineCase({
    id: "sessions.own-identity.key-of-another",
    rules: ["sessions.own-identity"],
    twin: "sessions.own-identity.own-key",
    features: ["auth", "delivery", "keys"],
    when: READINGS,
    sends: "every method that acts on its caller's inbox or keys, with the key of another user",
    expects: "Forbidden (or Unauthorized) for all, and the other's message and keys as before",
    checks: [...OWNER.map(({ check }) => check), "inbox", "hybrid-key"],
    errata: ["C-42"],
    async run(t) {
      const [mallory, victim] = [await t.user(), await t.newUser()];
      await victim.call(enqueue, { recipientKey: victim.key, payload: t.bytes(8) });
      for (const { check, call } of OWNER) {
        const answer = await call(mallory, victim.key, t);
        t.refused(answer, [Status.Forbidden, Status.Unauthorized], check);
      }
      const { payloads } = (await victim.call(fetch, { recipientKey: victim.key })).message();
      t.check("inbox", payloads.length === 1, {
        expected: "the one message",
        got: `${payloads.length} messages`,
      });
      const stored = await victim.call(fetchHybridKey, { identityKey: victim.key });
      const { length } = stored.message().hybridPublicKey;
      t.check("hybrid-key", length === 0, { expected: "none", got: `${length} bytes` });
    },
  }),

  defineCase({
    id: "sessions.unauthorized.every-method",
    rules: ["sessions.unauthorized"],
    twin: "sessions.own-identity.own-key",
    features: ["auth", "delivery", "keys"],
    when: READINGS,
    sends: "every method of delivery and of keys on a connection without a login",
    expects: "Unauthorized for all",
    checks: [...OWNER, ...ANYBODY].map(({ check }) => check),
    errata: ["C-29"],
    async run(t) {
      const { key } = await t.user();
      const peer = await t.peer();
      for (const { check, call } of [...OWNER, ...ANYBODY]) {
        t.refused(await call(peer, key, t), Status.Unauthorized, check);
      }
    },
  }),
];
