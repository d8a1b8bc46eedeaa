// Whose calls are counted together, and what a refused call leaves alone (spec/limits.md, Rate; I-23).

import {
  AuthService,
  DeliveryService,
  HealthService,
  KeyService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin, newUsername } from "../../judge/account.ts";
import type { Case, CaseSpec } from "../../judge/case.ts";
import type { Answer, Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { fetched, holdsTexts } from "../delivery/inbox.ts";
import { holds, numbered, packagesFor, takeSome, upload } from "../keys/steps.ts";
import { BLINDED } from "../opaque-literals.ts";
import {
  burst,
  countOf,
  exhaust,
  look,
  lookWithoutSession,
  nextWindow,
  rateCase,
  UNPACED,
  whileLimited,
} from "./steps.ts";

const { health } = HealthService.method;
const { opaqueRegisterStart, opaqueLoginFinish } = AuthService.method;
const { enqueue } = DeliveryService.method;
const { uploadKeyPackage, fetchKeyPackage } = KeyService.method;

const HEALTHS = 200;

/** Calls that no account stands for. */
const OF_ADDRESS: readonly (Pick<CaseSpec, "id" | "when"> & {
  readonly what: string;
  readonly call: (t: Trial, peer: Peer) => Promise<Answer>;
})[] = [
  {
    id: "limits.rate.address-anonymous",
    what: "Peeks without a session",
    call: (_, peer) => lookWithoutSession(peer),
  },
  {
    id: "limits.rate.address-registration",
    what: "registrations that are begun",
    call: (_, peer) =>
      peer.call(opaqueRegisterStart, { username: newUsername(), request: BLINDED }, UNPACED),
  },
  {
    id: "limits.rate.address-bad-token",
    what: "Peeks with a token that nobody has",
    when: { "rate-limit": ["on"], session: ["both", "body"] },
    call: (t, peer) => lookWithoutSession(peer, t.bytes(32, "token")),
  },
];

export const rateKeyCases: readonly Case[] = [
  rateCase({
    id: "limits.rate.per-account",
    rules: ["limits.rate-limit-key", "limits.rate-limit"],
    twin: "limits.rate.50-at-once",
    sends:
      "Peeks of Alice until one is refused; at once one from her second session on another " +
      "connection, one of Bob, one without a session, all from one address",
    expects: "RateLimited for Alice's second session; Ok for Bob; Unauthorized without a session",
    checks: ["answer", "other-account", "address"],
    errata: ["I-23"],
    async run(t) {
      const [alice, bob, nobody] = [await t.user(), await t.user(), await t.peer()];
      const second = await t.logIn(alice.account);
      const [answer] = await whileLimited(
        () => look(alice),
        async () => [await look(second)],
      );
      t.refused(answer, Status.RateLimited);
      const [own, other] = [await look(bob), await lookWithoutSession(nobody)];
      t.check("other-account", own.status === Status.Ok, {
        expected: "Ok",
        got: `status ${own.status}`,
      });
      t.check("address", other.status === Status.Unauthorized, {
        expected: "Unauthorized",
        got: `status ${other.status}`,
      });
    },
  }),

  ...OF_ADDRESS.map(({ id, when, what, call }) =>
    rateCase({
      id,
      ...(when && { when }),
      rules: ["limits.rate-limit-key", "limits.rate-limit"],
      twin: "limits.rate.50-at-once",
      sends: `${what} until one is refused; at once one on another connection; a Peek with a session`,
      expects: "RateLimited on the other connection, from the same address; Ok with a session",
      checks: ["answer", "account"],
      errata: ["I-23"],
      async run(t) {
        const [alice, one, other] = [await t.user(), await t.peer(), await t.peer()];
        const [answer] = await whileLimited(
          () => call(t, one),
          async () => [await call(t, other)],
        );
        t.refused(answer, Status.RateLimited);
        const { status } = await look(alice);
        t.check("account", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      },
    }),
  ),

  rateCase({
    id: "limits.rate.health",
    rules: ["limits.rate-limit-health"],
    sends:
      "200 times Health at once without a session and 200 times with one, a Peek each; Health when " +
      "the address has no call left",
    expects: "Ok for every Health, and none of them counted",
    checks: ["anonymous", "bound", "address", "account", "limited"],
    features: ["auth", "delivery", "health"],
    errata: ["C-86", "I-23"],
    async run(t) {
      const [alice, nobody] = [await t.user(), await t.peer()];
      for (const [check, peer] of [
        ["anonymous", nobody],
        ["bound", alice.peer],
      ] as const) {
        const shots = await burst(HEALTHS, () => peer.call(health, {}, UNPACED));
        const served = countOf(shots, Status.Ok);
        t.check(check, served === HEALTHS, { expected: "200 times Ok", got: `${served} times` });
      }
      const { status: account } = await look(alice);
      t.check("account", account === Status.Ok, { expected: "Ok", got: `status ${account}` });
      const { status: address } = await lookWithoutSession(nobody);
      t.check("address", address === Status.Unauthorized, {
        expected: "Unauthorized",
        got: `status ${address}`,
      });
      await exhaust(() => lookWithoutSession(nobody));
      const { status } = await nobody.call(health, {}, UNPACED);
      t.check("limited", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  rateCase({
    id: "limits.no-effect.keys-and-messages",
    rules: ["limits.rate-limit-no-effect"],
    twin: "keys.upload.round-trip",
    features: ["auth", "delivery", "keys"],
    sends:
      "Peeks of Alice until one is refused; at once her FetchKeyPackage for Bob, Enqueue for Bob and " +
      "UploadKeyPackage",
    expects:
      "RateLimited for the three; no package of Bob's is gone, no message and no package came",
    checks: ["answer", "popped", "stored", "queued"],
    errata: ["I-23"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const packages = packagesFor(t, bob, ...numbered(10));
      const [own] = packagesFor(t, alice, "Alice's");
      await upload(bob, packages);
      const taken: boolean[] = [];
      const answers = await whileLimited(
        () => look(alice),
        async () => {
          const round = await Promise.all([
            alice.call(fetchKeyPackage, { identityKey: bob.key }, UNPACED),
            alice.call(enqueue, { recipientKey: bob.key, payload: Buffer.from("x") }, UNPACED),
            alice.call(uploadKeyPackage, { identityKey: alice.key, package: own.bytes }, UNPACED),
          ]);
          taken.push(...round.map(({ status }) => status === Status.Ok));
          return round;
        },
      );
      const served = (call: number) => taken.filter((ok, i) => ok && i % 3 === call).length;
      t.refused(
        answers.find(({ status }) => status !== Status.RateLimited) ?? answers[0],
        Status.RateLimited,
      );
      await nextWindow();
      const left = numbered(10).slice(served(0));
      holds(t, "popped", packages, await takeSome(bob, bob.key, left.length), ...left);
      const messages = Array.from({ length: served(1) }, () => "x");
      holdsTexts(t, "stored", await fetched(bob), messages);
      const queued = served(2) > 0 ? "Alice's" : "none";
      holds(t, "queued", [own], await takeSome(alice, alice.key, 1), queued);
    },
  }),

  rateCase({
    id: "limits.no-effect.pending-login",
    rules: ["limits.rate-limit-no-effect", "auth.pending-lifetime"],
    twin: "auth.login.right-password",
    sends:
      "OpaqueLoginStart, calls without a session until one is refused, at once OpaqueLoginFinish; " +
      "and once more a second later",
    expects: "RateLimited, and then Ok: the refused call did not consume the pending login",
    checks: ["answer", "login"],
    errata: ["C-24", "I-23"],
    async run(t) {
      const [{ account }, nobody] = [await t.user(), await t.peer()];
      const peer = await t.peer();
      let finish = await beginLogin(peer, account);
      const [answer] = await whileLimited(
        () => lookWithoutSession(nobody),
        async () => {
          const tried = await peer.call(opaqueLoginFinish, finish, UNPACED);
          // It came through after the window had moved on, so another login has to be pending.
          if (tried.status === Status.Ok) finish = await beginLogin(peer, account);
          return [tried];
        },
      );
      t.refused(answer, Status.RateLimited);
      await nextWindow();
      const { status } = await peer.call(opaqueLoginFinish, finish);
      t.check("login", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),
];
