// The second half of a login (103): what opens a session and what does not: spec/services/auth.md.

import { AuthService, DeliveryService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import {
  beginLogin,
  demandOk,
  login,
  newAccount,
  newIdentityKey,
  newUsername,
  register,
} from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { flipped, guessProof, ke1Of, readInbox } from "./steps.ts";

const { opaqueLoginStart, opaqueLoginFinish } = AuthService.method;

/** Faults of a finalization of 64 bytes. */
const FAULTS = [
  { id: "flipped-finalization", what: "with its first byte changed", spoil: at(0) },
  { id: "flipped-byte-31", what: "with byte 31 changed", spoil: at(31) },
  { id: "flipped-byte-32", what: "with byte 32 changed", spoil: at(32) },
  { id: "flipped-last-byte", what: "with its last byte changed", spoil: at(-1) },
  { id: "zero-finalization", what: "of zeros", spoil: () => new Uint8Array(64) },
] as const;

function at(index: number): (proof: Uint8Array) => Uint8Array {
  return (proof) => flipped(proof, index);
}

const refusedCase = (spec: CaseSpec): Case =>
  defineCase({
    features: ["auth", "delivery"],
    twin: "auth.login.right-password",
    checks: ["answer", "no-binding"],
    errata: ["C-28"],
    ...spec,
  });

export const loginCases: readonly Case[] = [
  defineCase({
    id: "auth.login.right-password",
    rules: ["auth.login", "sessions.token-length", "opaque.parameters"],
    features: ["auth"],
    sends: "registration and login of a new account",
    expects: "Ok with a session token of 32 bytes",
    checks: ["answer", "token"],
    tier: "smoke",
    async run(t) {
      const peer = await t.peer();
      const account = newAccount();
      demandOk(await register(peer, account), "OpaqueRegisterFinish");
      const answer = await login(peer, account);
      t.status(answer, Status.Ok);
      const { length } = answer.message().sessionToken;
      t.check("token", length === 32, { expected: "32 bytes", got: `${length} bytes` });
    },
  }),

  ...FAULTS.map(({ id, what, spoil }) =>
    refusedCase({
      id: `auth.login.${id}`,
      rules: ["auth.login-refused"],
      sends: `a finalization ${what}`,
      expects: "Unauthorized, and no session on the connection",
      async run(t) {
        const { account } = await t.user();
        const peer = await t.peer();
        const finish = await beginLogin(peer, account);
        const finalization = spoil(finish.finalization);
        const answer = await peer.call(opaqueLoginFinish, { ...finish, finalization });
        t.refused(answer, Status.Unauthorized);
        await unbound(t, peer, account.identityKey);
      },
    }),
  ),

  refusedCase({
    id: "auth.login.proof-of-another-account",
    rules: ["auth.login-refused"],
    sends: "a login of A that is finished with the finalization that B made for his own",
    expects: "Unauthorized, and no session on the connection",
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const peer = await t.peer();
      const wanted = await beginLogin(peer, a.account);
      const { finalization } = await beginLogin(peer, b.account);
      const answer = await peer.call(opaqueLoginFinish, { ...wanted, finalization });
      t.refused(answer, Status.Unauthorized);
      await unbound(t, peer, a.key);
    },
  }),

  refusedCase({
    id: "auth.login.proof-of-an-earlier-login",
    rules: ["auth.login-refused", "auth.single-use-login"],
    sends: "a new login that is finished with the finalization of the one before",
    expects: "Unauthorized, and no session on the connection",
    async run(t) {
      const { account } = await t.user();
      const before = await t.peer();
      const earlier = await beginLogin(before, account);
      demandOk(await before.call(opaqueLoginFinish, earlier), "OpaqueLoginFinish");
      const peer = await t.peer();
      await beginLogin(peer, account);
      t.refused(await peer.call(opaqueLoginFinish, earlier), Status.Unauthorized);
      await unbound(t, peer, account.identityKey);
    },
  }),

  refusedCase({
    id: "auth.login.unknown-user",
    rules: ["auth.login-refused", "auth.unknown-user"],
    sends: "start and finish for a name that nobody has",
    expects: "Unauthorized",
    checks: ["answer"],
    features: ["auth"],
    async run(t) {
      const peer = await t.peer();
      const username = newUsername();
      const start = await peer.call(opaqueLoginStart, { username, request: ke1Of(t) });
      demandOk(start, "OpaqueLoginStart");
      t.refused(await guessProof(t, peer, username), Status.Unauthorized);
    },
  }),

  refusedCase({
    id: "auth.login.unregistered-identity-key",
    rules: ["auth.key-mismatch"],
    sends: "the right finalization with an identity key that nobody registered",
    expects: "Unauthorized, and no session on the connection",
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const finish = { ...(await beginLogin(peer, account)), identityKey: newIdentityKey() };
      t.refused(await peer.call(opaqueLoginFinish, finish), Status.Unauthorized);
      await unbound(t, peer, account.identityKey);
    },
  }),

  refusedCase({
    id: "auth.login.identity-key-of-another",
    rules: ["auth.key-mismatch", "auth.session-identity"],
    sends: "the right finalization of A with the identity key of B",
    expects: "Unauthorized, and no session on the connection, of B least of all",
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const peer = await t.peer();
      const finish = { ...(await beginLogin(peer, a.account)), identityKey: b.key };
      t.refused(await peer.call(opaqueLoginFinish, finish), Status.Unauthorized);
      await unbound(t, peer, b.key);
    },
  }),

  defineCase({
    id: "auth.login.session-is-of-the-record",
    rules: ["auth.session-identity"],
    features: ["auth", "delivery", "keys"],
    sends: "a message for A's identity key, and a KeyPackage of A, after A's login",
    expects: "A fetches the message; the KeyPackage is stored under A's key",
    checks: ["answer", "inbox", "key-package"],
    when: { "ciphersuite-allowlist": ["off"] },
    async run(t) {
      const [a, b] = [await t.newUser(), await t.user()];
      const payload = t.bytes(32);
      await b.call(DeliveryService.method.enqueue, { recipientKey: a.key, payload });
      const answer = await readInbox(a, a.key);
      t.status(answer, Status.Ok);
      const { payloads } = answer.message();
      const found = payloads.some(({ data }) => Buffer.compare(data, payload) === 0);
      t.check("inbox", found, { expected: "the message", got: `${payloads.length} others` });
      const { uploadKeyPackage, fetchKeyPackage } = KeyService.method;
      const uploaded = { identityKey: a.key, package: t.bytes(64) };
      await a.call(uploadKeyPackage, uploaded);
      const fetched = await b.call(fetchKeyPackage, { identityKey: a.key });
      const stored = Buffer.compare(fetched.message().package, uploaded.package) === 0;
      t.check("key-package", stored, { expected: "the package", got: "something else" });
    },
  }),
];

async function unbound(t: Trial, peer: Peer, key: Uint8Array): Promise<void> {
  t.refused(await readInbox(peer, key), Status.Unauthorized, "no-binding");
}
