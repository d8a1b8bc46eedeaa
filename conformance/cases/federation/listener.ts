// The two listeners kept apart, and no user token between servers (spec/services/federation.md, Peers;
// C-70, I-13).

import {
  DeliveryService,
  FederationService,
  HealthService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { METHODS, methodOf } from "../../../src/registry/methods.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { equals } from "../checks.ts";
import { tableCaseOf } from "../methods/table.ts";
import { callMethod, validRequest } from "../requests.ts";
import { acquaint, federationCase, outcome, put, routingCase } from "./steps.ts";

const CALLS = METHODS.filter(({ family }) => family === "federation");
const HEALTHY = tableCaseOf(methodOf(FederationService.method.federationHealth));

export const listenerCases: readonly Case[] = [
  federationCase({
    id: "federation.token.on-the-listener",
    rules: ["federation.no-user-token"],
    sends: "900 to 905 from a peer, with the token of a user in the body, and with one of nobody",
    expects: "Ok to each: the trailer is ignored",
    checks: ["user", "nobody"],
    errata: ["I-13"],
    async run(t) {
      const user = await t.user();
      for (const [check, token] of [
        ["user", user.token],
        ["nobody", t.bytes(32)],
      ] as const) {
        const others: string[] = [];
        for (const method of CALLS) {
          const { caller, fields } = await validRequest(t, method);
          const { status } = await callMethod(caller, method, fields, { token });
          if (status !== Status.Ok) others.push(`${method.name}: ${statusName(status)}`);
        }
        t.check(check, others.length === 0, { expected: "Ok to each", got: others.join("; ") });
      }
    },
  }),

  routingCase({
    id: "federation.token.not-relayed",
    rules: ["federation.no-user-token"],
    sends: "an Enqueue for a user of b.test, by a user whose token we know",
    expects: "a relay without the token, and without a session trailer",
    checks: ["answer", "token", "sender"],
    errata: ["C-70"],
    async run(t) {
      const alice = await t.user();
      const bob = await acquaint(t, alice);
      t.status(await put(alice, bob, "hello"), Status.Ok);
      const sent = Buffer.concat(bob.asked.map(({ payload }) => payload));
      const holds = (bytes: Uint8Array) => sent.includes(Buffer.from(bytes));
      t.check("token", !holds(alice.token), { expected: "no token", got: "the token" });
      t.check("sender", !holds(alice.key), {
        expected: "nothing about the sender",
        got: "the sender's key",
      });
    },
  }),

  federationCase({
    id: "federation.listener.client-methods",
    rules: ["federation.listener-methods"],
    twin: HEALTHY,
    reading: "unknown-method",
    features: ["health"],
    sends: "an empty request of each method but 900 to 905 and Health on the federation listener",
    expects: "UnknownMethod to each; Ok to Health",
    checks: ["answer", "health"],
    errata: ["C-70"],
    async run(t) {
      const peer = await t.federation().peer();
      const others: string[] = [];
      for (const method of METHODS) {
        if (method.family === "federation" || method.family === "health") continue;
        const got = await outcome(callMethod(peer, method, {}));
        const expected = t.reading === "reset" ? "no answer" : statusName(Status.UnknownMethod);
        if (got !== expected) others.push(`${method.name}: ${got}`);
      }
      t.check("answer", others.length === 0, {
        expected: "no method of clients",
        got: others.join("; "),
      });
      const health = await peer.call(HealthService.method.health, {});
      equals(t, "health", health.status, Status.Ok);
    },
  }),

  federationCase({
    id: "federation.listener.user-on-the-other",
    rules: ["federation.no-user-token", "federation.listener-methods"],
    twin: HEALTHY,
    when: { session: ["both", "body"] },
    sends: "a Peek on the federation listener with the token of a user in the body",
    expects: "UnknownMethod, Unauthorized or Forbidden, or a reset",
    async run(t) {
      const [user, peer] = [await t.user(), await t.federation().peer()];
      const { peek } = DeliveryService.method;
      const got = await outcome(peer.call(peek, { recipientKey: user.key }, { token: user.token }));
      const refusals = [Status.UnknownMethod, Status.Unauthorized, Status.Forbidden];
      const expected = [...refusals.map(statusName), "no answer"];
      t.check("answer", expected.includes(got), { expected: expected.join(" or "), got });
    },
  }),
];
