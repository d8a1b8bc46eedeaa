// What is closed to a revoked key: uploads, channels, endpoints, and a second registration
// (spec/services/kt.md; C-27, I-09, I-10).

import {
  AccountService,
  ChannelService,
  EndpointService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Feature } from "../../../src/registry/families.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk, newUsername } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { isRegistered, spellRegistration } from "../auth/steps.ts";
import {
  batchOf,
  holds,
  hybridKey,
  hybridOf,
  offer,
  offerHybrid,
  packagesFor,
  putHybrid,
  takeSome,
  upload,
} from "../keys/steps.ts";
import { askRevocation, enter, ktCase, revoke, revokedUser } from "./steps.ts";

interface Closed {
  readonly method: string;
  readonly slug: string;
  readonly features: readonly Feature[];
  readonly call: (t: Trial, user: User) => Promise<Answer>;
}

const CLOSED: readonly Closed[] = [
  {
    method: "UploadKeyPackage",
    slug: "300-upload-key-package",
    features: ["keys"],
    call: (t, user) => offer(user, packagesFor(t, user, "A")[0].bytes),
  },
  {
    method: "UploadHybridKey",
    slug: "302-upload-hybrid-key",
    features: ["keys"],
    call: (t, user) => offerHybrid(user, hybridKey(t, "H").bytes),
  },
  {
    method: "CreateChannel",
    slug: "400-create-channel",
    features: ["channel"],
    call: async (t, user) =>
      user.call(ChannelService.method.createChannel, { peerKey: (await t.user()).key }),
  },
  {
    method: "PublishEndpoint",
    slug: "800-publish-endpoint",
    features: ["p2p"],
    call: (t, user) =>
      user.call(EndpointService.method.publishEndpoint, {
        identityKey: user.key,
        nodeAddr: t.bytes(40),
      }),
  },
];

export const closedCases: readonly Case[] = [
  ...CLOSED.map(({ method, slug, features, call }) =>
    ktCase({
      id: `kt.refused.${slug}`,
      rules: ["kt.refused"],
      twin: `methods.table.${slug}`,
      features,
      when: features.includes("keys") ? {} : { reconstructed: ["draft"] },
      sends: `a valid ${method} of a user whose key is revoked, after a login`,
      expects: "Forbidden",
      errata: ["I-10"],
      async run(t) {
        t.refused(await call(t, await revokedUser(t)), Status.Forbidden);
      },
    }),
  ),

  ktCase({
    id: "kt.no-packages.dropped",
    rules: ["kt.no-packages", "keys.empty-when-none"],
    features: ["keys"],
    sends: "two packages and a hybrid key, a revocation, then 301, 303 and 304 by another user",
    expects: "no package and no hybrid key",
    checks: ["packages", "hybrid", "batch"],
    errata: ["I-10"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const packages = packagesFor(t, alice, "A", "B");
      const hybrid = hybridKey(t, "H");
      await upload(alice, packages);
      await putHybrid(alice, hybrid);
      await revoke(alice);
      holds(t, "packages", packages, await takeSome(bob, alice.key, 2), "none", "none");
      holds(t, "hybrid", [hybrid], [await hybridOf(bob, alice.key)], "none");
      const batch = await batchOf(bob, [alice.key]);
      demandOk(batch, "FetchHybridKeys");
      holds(t, "batch", [hybrid], batch.message().keys, "none");
    },
  }),

  ktCase({
    id: "kt.no-packages.at-once",
    rules: ["kt.no-packages"],
    features: ["keys"],
    sends:
      "an upload of a package and a hybrid key, then eighteen more at once, a revocation amid them",
    expects: "no package and no hybrid key afterwards",
    checks: ["packages", "hybrid"],
    errata: ["I-10"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const second = await t.logIn(alice.account);
      const names = Array.from({ length: 10 }, (_, i) => `${i + 1}`);
      const packages = packagesFor(t, alice, ...names);
      const hybrid = hybridKey(t, "H");
      const uploads = (some: typeof packages) =>
        some.flatMap(({ bytes }) => [offer(second, bytes), offerHybrid(second, hybrid.bytes)]);
      await Promise.all(uploads(packages.slice(0, 1)));
      await Promise.all([
        ...uploads(packages.slice(1, 5)),
        askRevocation(alice),
        ...uploads(packages.slice(5)),
      ]);
      holds(t, "packages", packages, await takeSome(bob, alice.key, 1), "none");
      holds(t, "hybrid", [hybrid], [await hybridOf(bob, alice.key)], "none");
    },
  }),

  ktCase({
    id: "kt.never-again.other-name",
    rules: ["kt.never-again", "auth.key-taken"],
    twin: "auth.register.new-account",
    sends: "a registration of a new name with a revoked key",
    expects: "success = false (or a refusal)",
    errata: ["C-27", "I-09"],
    async run(t) {
      const alice = await revokedUser(t);
      await isShut(t, alice.key);
    },
  }),

  ktCase({
    id: "kt.never-again.deleted",
    rules: ["kt.never-again"],
    twin: "auth.register.new-account",
    features: ["account"],
    sends: "a revocation, a deletion of the account, and a registration of a new name with its key",
    expects: "success = false (or a refusal)",
    errata: ["C-27", "I-09"],
    async run(t) {
      const alice = await revokedUser(t);
      demandOk(await alice.call(AccountService.method.deleteAccount, {}), "DeleteAccount");
      await isShut(t, alice.key);
    },
  }),
];

async function isShut(t: Trial, identityKey: Uint8Array): Promise<void> {
  const answer = await enter(t, await t.peer(), newUsername(), identityKey);
  t.check("answer", !isRegistered(answer), {
    expected: "success = false, or a refusal",
    got: spellRegistration(answer),
  });
}
