// What a peer fetches for its clients: KeyPackages, hybrid keys, users (spec/services/federation.md,
// Proxy; C-44, C-53, I-07).

import { FederationService, ModerationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk, newUsername } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import type { Peer } from "../../judge/peer.ts";
import { toHex } from "../bytes.ts";
import { equals } from "../checks.ts";
import { hasNone, holds, hybridKey, packagesFor, putHybrid, take, upload } from "../keys/steps.ts";
import { auditedLog } from "../kt/steps.ts";
import { tableCaseOf } from "../methods/table.ts";
import { holdsProof, PROOF_CHECKS } from "../user/steps.ts";
import { federationCase, from } from "./steps.ts";

const { proxyFetchKeyPackage, proxyFetchHybridKey, proxyResolveUser } = FederationService.method;

const RESOLVED = tableCaseOf(methodOf(proxyResolveUser));

export const proxyCases: readonly Case[] = [
  federationCase({
    id: "federation.proxy-package.oldest-first",
    rules: ["federation.proxy-package"],
    features: ["keys"],
    sends: "three KeyPackages of a user; ProxyFetchKeyPackage, FetchKeyPackage, the proxy again",
    expects: "the three in their order, each handed out once",
    checks: ["packages"],
    errata: ["C-70"],
    async run(t) {
      const [bob, alice, peer] = [await t.newUser(), await t.user(), await t.federation().peer()];
      const packages = packagesFor(t, bob, "one", "two", "three");
      await upload(bob, packages);
      const got = [
        await packageOf(peer, bob.key),
        await take(alice, bob.key),
        await packageOf(peer, bob.key),
        await packageOf(peer, bob.key),
      ];
      holds(t, "packages", packages, got, "one", "two", "three", "none");
    },
  }),

  federationCase({
    id: "federation.proxy-package.none",
    rules: ["federation.proxy-package"],
    reading: "keypackage-empty",
    features: ["keys"],
    sends: "ProxyFetchKeyPackage for a key without packages",
    expects: "Ok with no bytes",
    errata: ["C-44"],
    async run(t) {
      const [identityKey, peer] = [t.bytes(32), await t.federation().peer()];
      const answer = await peer.call(proxyFetchKeyPackage, { ...from(), identityKey });
      hasNone(t, answer, (message) => message.package);
    },
  }),

  federationCase({
    id: "federation.proxy-package.banned-user",
    rules: ["federation.proxy-package", "moderation.no-packages"],
    features: ["keys", "moderation"],
    when: { moderation: ["on"], "keypackage-empty": ["ok"] },
    sends: "ProxyFetchKeyPackage for a user with a package who is banned from the server",
    expects: "Ok with no bytes",
    checks: ["packages"],
    errata: ["I-07"],
    async run(t) {
      const [admin, bob] = [await t.admin(), await t.newUser()];
      const packages = packagesFor(t, bob, "one");
      await upload(bob, packages);
      const ban = { identityKey: bob.key, reason: "test" };
      demandOk(await admin.call(ModerationService.method.banUser, ban), "BanUser");
      const peer = await t.federation().peer();
      holds(t, "packages", packages, [await packageOf(peer, bob.key)], "none");
    },
  }),

  federationCase({
    id: "federation.proxy-package.50-at-once",
    rules: ["federation.proxy-package"],
    features: ["keys"],
    sends: "20 KeyPackages of a user; ProxyFetchKeyPackage 50 times at once",
    expects: "each package once, no bytes 30 times",
    checks: ["distinct", "empty"],
    async run(t) {
      const [bob, peer] = [await t.newUser(), await t.federation().peer()];
      const names = Array.from({ length: 20 }, (_, i) => `package ${i}`);
      await upload(bob, packagesFor(t, bob, ...names));
      const got = await Promise.all(Array.from({ length: 50 }, () => packageOf(peer, bob.key)));
      const full = got.filter((bytes) => bytes !== undefined);
      const distinct = new Set(full.map((bytes) => Buffer.from(bytes).toString("hex")));
      equals(t, "distinct", distinct.size, 20);
      equals(t, "empty", got.length - full.length, 30);
    },
  }),

  federationCase({
    id: "federation.proxy-hybrid.as-uploaded",
    rules: ["federation.proxy-hybrid"],
    features: ["keys"],
    sends: "a hybrid key of a user, ProxyFetchHybridKey twice, another key, and once more",
    expects: "the first key twice, then the second",
    checks: ["keys"],
    errata: ["C-70"],
    async run(t) {
      const [bob, peer] = [await t.newUser(), await t.federation().peer()];
      const keys = [hybridKey(t, "one"), hybridKey(t, "two")] as const;
      await putHybrid(bob, keys[0]);
      const got = [await hybridOf(peer, bob.key), await hybridOf(peer, bob.key)];
      await putHybrid(bob, keys[1]);
      got.push(await hybridOf(peer, bob.key));
      holds(t, "keys", keys, got, "one", "one", "two");
    },
  }),

  federationCase({
    id: "federation.proxy-hybrid.none",
    rules: ["federation.proxy-hybrid"],
    reading: "keypackage-empty",
    features: ["keys"],
    sends: "ProxyFetchHybridKey for a key that has none",
    expects: "Ok with no bytes",
    errata: ["C-44"],
    async run(t) {
      const [identityKey, peer] = [t.bytes(32), await t.federation().peer()];
      const answer = await peer.call(proxyFetchHybridKey, { ...from(), identityKey });
      hasNone(t, answer, (message) => message.hybridPublicKey);
    },
  }),

  federationCase({
    id: "federation.proxy-user.key",
    rules: ["federation.proxy-user"],
    sends: "ProxyResolveUser for two users",
    expects: "Ok with the key of each",
    checks: ["first", "second"],
    errata: ["C-53"],
    async run(t) {
      const [bob, carol, peer] = [await t.user(), await t.user(), await t.federation().peer()];
      for (const [check, user] of [
        ["first", bob],
        ["second", carol],
      ] as const) {
        const { identityKey } = await userOf(peer, user.account.username);
        equals(t, check, toHex(identityKey), toHex(user.key));
      }
    },
  }),

  federationCase({
    id: "federation.proxy-user.proof",
    rules: ["federation.proxy-user"],
    features: ["kt"],
    when: { kt: ["rfc6962"] },
    sends: "ProxyResolveUser for a user, then an audit of the log",
    expects: "a proof of the name and the key that follows from the leaves of the log",
    checks: PROOF_CHECKS,
    errata: ["C-53"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      const { identityKey, inclusionProof } = await userOf(peer, bob.account.username);
      if (inclusionProof === undefined) throw new PrerequisiteFailed("there is no proof");
      holdsProof(t, bob, { key: identityKey, proof: inclusionProof }, await auditedLog(bob));
    },
  }),

  federationCase({
    id: "federation.proxy-user.unknown",
    rules: ["federation.proxy-user"],
    twin: RESOLVED,
    sends: "ProxyResolveUser for a name that nobody has",
    expects: "NotFound",
    async run(t) {
      const peer = await t.federation().peer();
      const request = { ...from(), username: newUsername() };
      t.refused(await peer.call(proxyResolveUser, request), Status.NotFound);
    },
  }),
];

async function packageOf(peer: Peer, identityKey: Uint8Array): Promise<Uint8Array | undefined> {
  const answer = await peer.call(proxyFetchKeyPackage, { ...from(), identityKey });
  if (answer.status === Status.NotFound) return undefined;
  demandOk(answer, "ProxyFetchKeyPackage");
  const { package: bytes } = answer.message();
  return bytes.length > 0 ? bytes : undefined;
}

async function hybridOf(peer: Peer, identityKey: Uint8Array): Promise<Uint8Array> {
  const answer = await peer.call(proxyFetchHybridKey, { ...from(), identityKey });
  demandOk(answer, "ProxyFetchHybridKey");
  return answer.message().hybridPublicKey;
}

async function userOf(peer: Peer, username: string) {
  const answer = await peer.call(proxyResolveUser, { ...from(), username });
  demandOk(answer, "ProxyResolveUser");
  return answer.message();
}
