// Messages without a sender: Enqueue and BatchEnqueue without a session, where a server is asked for it
// (spec/services/delivery.md; C-41, C-114, I-23). Without it they are refused, as the cases of access say.

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case, CaseSpec } from "../../judge/case.ts";
import { burst, countOf, RATE, UNPACED } from "../limits/steps.ts";
import { CALLS } from "./calls.ts";
import { isDuplicate } from "./dedup.ts";
import { deliveryCase, holdsTexts, peeked, put } from "./inbox.ts";

const { enqueue, batchEnqueue } = DeliveryService.method;
const READERS = CALLS.filter(({ posts }) => !posts);

const SEALED = { server: { profile: { "sealed-sender": "on" } } } satisfies Partial<CaseSpec>;

export const sealedCases: readonly Case[] = [
  deliveryCase({
    ...SEALED,
    id: "delivery.sealed-sender.no-session",
    rules: ["delivery.sealed-sender"],
    sends: "Enqueue and BatchEnqueue on a fresh connection without a token, under sealed sender",
    expects: "Ok, and the messages in the inboxes; Ok as well for a key that no account has",
    checks: ["answer", "batch", "nobody", "fetched"],
    errata: ["C-41", "C-114"],
    async run(t) {
      const [bob, nobody] = [await t.user(), await t.peer()];
      const to = { recipientKey: bob.key };
      t.status(await nobody.call(enqueue, { ...to, payload: Buffer.from("one") }), Status.Ok);
      const batch = { recipientKeys: [bob.key, bob.key], payload: Buffer.from("two") };
      const batched = await nobody.call(batchEnqueue, batch);
      const { length } = batched.status === Status.Ok ? batched.message().seqs : [];
      t.check("batch", length === 2, { expected: "two seqs", got: `status ${batched.status}` });
      const stranger = { recipientKey: newIdentityKey(), payload: Buffer.from("x") };
      const { status } = await nobody.call(enqueue, stranger);
      t.check("nobody", status === Status.Ok || status === Status.NotFound, {
        expected: "Ok or NotFound",
        got: `status ${status}`,
      });
      holdsTexts(t, "fetched", await peeked(bob), ["one", "two", "two"]);
    },
  }),

  deliveryCase({
    ...SEALED,
    id: "delivery.sealed-sender.message-id",
    rules: ["delivery.dedup-sealed", "delivery.sealed-sender"],
    sends: "one message_id from two connections without a session, then from a user",
    expects: "the second is a duplicate of the first, the third a message of its own",
    checks: ["duplicate", "own", "fetched"],
    errata: ["C-37", "C-114"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const messageId = t.bytes(16);
      const request = { recipientKey: bob.key, payload: Buffer.from("sealed"), messageId };
      const sealed = async () => (await (await t.peer()).call(enqueue, request)).message();
      const first = await sealed();
      isDuplicate(t, "duplicate", await sealed(), first);
      const own = await put(alice, bob, "signed", { messageId });
      t.check("own", !own.duplicate, { expected: "a new message", got: "a duplicate" });
      holdsTexts(t, "fetched", await peeked(bob), ["sealed", "signed"]);
    },
  }),

  deliveryCase({
    ...SEALED,
    id: "delivery.sealed-sender.refusals",
    rules: ["delivery.sealed-sender", "sessions.invalid-body-token"],
    severity: "MUST",
    twin: "delivery.sealed-sender.no-session",
    when: { session: ["both", "body"] },
    sends:
      "an Enqueue with a token that nobody has, and the four reads without any, under sealed sender",
    expects: "Unauthorized each, and nothing stored",
    checks: ["answer", ...READERS.map(({ name }) => name), "untouched"],
    errata: ["C-41", "C-114", "I-12"],
    async run(t) {
      const [bob, nobody] = [await t.user(), await t.peer()];
      const request = { recipientKey: bob.key, payload: Buffer.from("x") };
      const answer = await nobody.call(enqueue, request, { token: t.bytes(32) });
      t.refused(answer, Status.Unauthorized);
      for (const { name, send } of READERS) {
        t.refused(await send(nobody, bob.key), Status.Unauthorized, name);
      }
      holdsTexts(t, "untouched", await peeked(bob), []);
    },
  }),

  deliveryCase({
    id: "delivery.sealed-sender.rate",
    rules: ["limits.rate-limit", "delivery.sealed-sender"],
    hooks: ["limits"],
    server: { profile: { "sealed-sender": "on" } },
    when: { "rate-limit": ["on"] },
    sends: "100 Enqueues at once from two connections without a session, then one of a user",
    expects: "at most 50 times Ok for the address, otherwise RateLimited; Ok for the user",
    checks: ["limited", "user"],
    errata: ["C-41", "I-23"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const peers = [await t.peer(), await t.peer()];
      await t.hook("limits", { rate_per_s: RATE });
      const request = { recipientKey: bob.key, payload: Buffer.from("x") };
      const begin = performance.now();
      const shots = await Promise.all(
        peers.map((peer) => burst(RATE, () => peer.call(enqueue, request, UNPACED))),
      );
      const took = performance.now() - begin;
      const served = countOf(shots.flat(), Status.Ok);
      // A window that moves on while the calls are made lets some more of them through.
      t.check("limited", served > 0 && served <= RATE * (1 + Math.floor(took / 1000)), {
        expected: "50 times Ok in a second",
        got: `${served} times in ${Math.round(took)} ms`,
      });
      const { status } = await alice.call(enqueue, request, UNPACED);
      t.check("user", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),
];
