// Names of other servers (spec/services/user.md, Rules; C-53, C-70, I-19).

import { UserService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newUsername } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { DOWN, FOREIGN, HOME, REMOTE, SECOND, WRONG_NAME } from "../../judge/federation.ts";
import { toHex } from "../bytes.ts";
import { equals, isStatus } from "../checks.ts";
import { ask, routingCase } from "../federation/steps.ts";
import { tableCaseOf } from "../methods/table.ts";

const RESOLVED = tableCaseOf(methodOf(UserService.method.resolveUser));

/** Peers that the subject was told of and must not believe, or cannot reach. */
const UNREACHABLE = [
  {
    slug: "down",
    domain: DOWN,
    what: "where nobody listens",
    rules: ["user.remote", "federation.peer-down"],
  },
  {
    slug: "wrong-name",
    domain: WRONG_NAME,
    what: "whose server shows a certificate for another domain",
    rules: ["federation.mutual-tls", "user.remote", "federation.peer-down"],
  },
  {
    slug: "foreign-authority",
    domain: FOREIGN,
    what: "whose server shows a certificate of another authority",
    rules: ["federation.mutual-tls", "user.remote", "federation.peer-down"],
  },
] as const;

export const remoteCases: readonly Case[] = [
  routingCase({
    id: "user.remote.key-and-proof",
    rules: ["user.remote", "federation.proxy-user"],
    sends: "ResolveUser for user@b.test; b.test answers with a key and a proof",
    expects: "this key and this proof, after one ProxyResolveUser for the local part",
    checks: ["answer", "key", "proof", "asked"],
    errata: ["C-53", "I-19"],
    async run(t) {
      const [alice, bob] = [await t.user(), t.federation().remote().newUser()];
      const leafHash = t.bytes(32);
      const auditPath = [t.bytes(32), t.bytes(32)];
      const root = t.bytes(32);
      const timestampMs = 1_700_000_000_000n;
      bob.proof = { leafIndex: 5n, treeSize: 7n, leafHash, auditPath, root, timestampMs };
      const answer = await ask(alice, bob.address);
      t.status(answer, Status.Ok);
      const { identityKey, inclusionProof: proof } = answer.message();
      equals(t, "key", toHex(identityKey), toHex(bob.key));
      const got = proof && [
        proof.leafIndex,
        proof.treeSize,
        ...[proof.leafHash, ...proof.auditPath, proof.root].map(toHex),
        proof.timestampMs,
      ];
      const hashes = [leafHash, ...auditPath, root].map(toHex);
      equals(t, "proof", got, [5, 7, ...hashes, timestampMs]);
      equals(
        t,
        "asked",
        bob.asked.map(({ method, origin }) => `${method} ${origin}`),
        [`ProxyResolveUser ${HOME}`],
      );
    },
  }),

  routingCase({
    id: "user.remote.two-servers",
    rules: ["user.remote"],
    sends: "ResolveUser for users of b.test and c.test with the same name, without proofs",
    expects: "the key of each, and no proof of somebody else's",
    checks: ["b", "c", "proof"],
    async run(t) {
      const [alice, federation] = [await t.user(), t.federation()];
      const [b, c] = [federation.remote().newUser(), federation.remote(SECOND).newUser()];
      const [one, two] = [await ask(alice, b.address), await ask(alice, c.address)];
      equals(t, "b", toHex(one.message().identityKey), toHex(b.key));
      equals(t, "c", toHex(two.message().identityKey), toHex(c.key));
      equals(t, "proof", one.message().inclusionProof, undefined);
    },
  }),

  routingCase({
    id: "user.remote.unknown-there",
    rules: ["user.remote", "user.not-found"],
    twin: RESOLVED,
    sends: "ResolveUser for a name that b.test does not know",
    expects: "NotFound",
    async run(t) {
      const alice = await t.user();
      t.refused(await ask(alice, `${newUsername()}@${REMOTE}`), Status.NotFound);
    },
  }),

  ...UNREACHABLE.map(({ slug, domain, what, rules }) =>
    routingCase({
      id: `user.remote.${slug}`,
      rules,
      twin: "user.remote.key-and-proof",
      sends: `ResolveUser for a user of a peer ${what}; then one of b.test`,
      expects: "Unavailable, and Ok for the user of b.test",
      checks: ["answer", "then"],
      errata: ["C-13", "I-19"],
      async run(t) {
        const [alice, federation] = [await t.user(), t.federation()];
        t.refused(await ask(alice, `bob@${domain}`), Status.Unavailable);
        const bob = federation.remote().newUser();
        isStatus(t, "then", await ask(alice, bob.address), Status.Ok);
      },
    }),
  ),

  routingCase({
    id: "user.domain.no-peer",
    rules: ["user.domain", "user.not-found"],
    twin: RESOLVED,
    sends: "ResolveUser for the name of a local user with a domain that is no peer, and with none",
    expects: "NotFound",
    checks: ["answer", "no-domain", "no-name"],
    errata: ["C-70"],
    async run(t) {
      const [alice, { account }] = [await t.user(), await t.user()];
      t.federation();
      const { username } = account;
      t.refused(await ask(alice, `${username}@nowhere.test`), Status.NotFound);
      t.refused(await ask(alice, `${username}@`), Status.NotFound, "no-domain");
      t.refused(await ask(alice, `@${REMOTE}`), Status.NotFound, "no-name");
    },
  }),

  routingCase({
    id: "user.domain.own",
    rules: ["user.domain"],
    sends: "ResolveUser for a local user with the domain of the server",
    expects: "the key of the local user",
    checks: ["answer", "key"],
    errata: ["C-53"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      t.federation();
      const answer = await ask(alice, `${bob.account.username}@${HOME}`);
      t.status(answer, Status.Ok);
      equals(t, "key", toHex(answer.message().identityKey), toHex(bob.key));
    },
  }),
];
