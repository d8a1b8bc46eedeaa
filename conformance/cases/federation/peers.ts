// Who is a peer: certificates and origins, and no client (spec/services/federation.md, Peers; C-13, C-69,
// C-70, I-13).

import { FederationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { METHODS, methodOf } from "../../../src/registry/methods.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { HOME, REMOTE, SECOND, type Shown } from "../../judge/federation.ts";
import type { CallOptions, Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { equals } from "../checks.ts";
import { tableCaseOf } from "../methods/table.ts";
import type { Fields } from "../requests/request.ts";
import { callMethod, kebab, validRequest } from "../requests.ts";
import { federationCase, from, healthOf, holdsInbox, outcome } from "./steps.ts";

const { relayEnqueue, federationHealth } = FederationService.method;

const CALLS = METHODS.filter(({ family }) => family === "federation");
const CHECKS = CALLS.map(({ name }) => kebab(name));
const HEALTHY = tableCaseOf(methodOf(federationHealth));

/** Certificates that no peer has. */
const STRANGERS: readonly { readonly shown: Shown; readonly what: string }[] = [
  { shown: "none", what: "no certificate" },
  { shown: "foreign", what: "a certificate for b.test of another authority" },
  { shown: "expired", what: "a certificate for b.test that expired yesterday" },
  { shown: "nameless", what: "a certificate of the authority for an IP address" },
];

export const peerCases: readonly Case[] = [
  ...STRANGERS.map(({ shown, what }) =>
    federationCase({
      id: `federation.certificate.${shown}`,
      rules: ["federation.mutual-tls"],
      twin: HEALTHY,
      sends: `a connection to the federation listener with ${what}, and FederationHealth on it`,
      expects: "no connection, or no answer to the call but Forbidden or Unauthorized",
      errata: ["C-13"],
      async run(t) {
        const got = await calledAs(t, shown);
        t.check("answer", got !== statusName(Status.Ok), { expected: "no Ok", got });
      },
    }),
  ),

  federationCase({
    id: "federation.origin.forged",
    rules: ["federation.origin"],
    twin: HEALTHY,
    sends: "a valid request of 900 to 905 with the certificate of b.test and the origin c.test",
    expects: "Forbidden to each, and nothing queued",
    checks: [...CHECKS, "queued"],
    errata: ["C-70"],
    async run(t) {
      const [bob, peer] = [await t.user(), await t.federation().peer()];
      await refuseEach(t, peer, from(SECOND), [Status.Forbidden]);
      const message = { recipientKey: bob.key, payload: t.bytes(20) };
      await peer.call(relayEnqueue, { ...from(SECOND), message });
      await holdsInbox(t, "queued", bob);
    },
  }),

  federationCase({
    id: "federation.origin.missing",
    rules: ["federation.origin"],
    twin: HEALTHY,
    sends: "a valid request of 900 to 905 without federation_auth",
    expects: "Forbidden to each",
    checks: CHECKS,
    async run(t) {
      const peer = await t.federation().peer();
      await refuseEach(t, peer, { federationAuth: undefined }, [Status.Forbidden]);
    },
  }),

  federationCase({
    id: "federation.origin.of-the-server",
    rules: ["federation.origin"],
    twin: HEALTHY,
    sends: "FederationHealth with the origin a.test, b.test with a dot, and a part of b.test",
    expects: "Forbidden to each",
    checks: ["own", "dotted", "part"],
    async run(t) {
      const peer = await t.federation().peer();
      t.refused(await healthOf(peer, HOME), Status.Forbidden, "own");
      t.refused(await healthOf(peer, `${REMOTE}.`), Status.Forbidden, "dotted");
      t.refused(await healthOf(peer, "test"), Status.Forbidden, "part");
    },
  }),

  federationCase({
    id: "federation.health.domain",
    rules: ["federation.health"],
    sends: "FederationHealth from two peers",
    expects: "Ok with the status ok and the domain a.test",
    checks: ["answer", "status", "domain", "second"],
    errata: ["C-69"],
    tier: "smoke",
    async run(t) {
      const federation = t.federation();
      const answer = await healthOf(await federation.peer());
      t.status(answer, Status.Ok);
      const { status, domain } = answer.message();
      equals(t, "status", status, "ok");
      equals(t, "domain", domain, HOME);
      const second = await healthOf(await federation.peer(SECOND), SECOND);
      equals(t, "second", second.status, Status.Ok);
    },
  }),

  federationCase({
    id: "federation.clients.administrator",
    rules: ["federation.not-for-clients"],
    twin: HEALTHY,
    sends: "a valid request of 900 to 905 on the client listener from an administrator",
    expects: "Forbidden to each",
    checks: CHECKS,
    errata: ["C-62", "C-70"],
    async run(t) {
      await refuseEach(t, (await t.admin()).peer, {}, [Status.Forbidden]);
    },
  }),

  federationCase({
    id: "federation.clients.token-in-body",
    rules: ["federation.not-for-clients", "federation.no-user-token"],
    twin: HEALTHY,
    when: { session: ["both", "body"] },
    sends: "900 to 905 on a connection without a session, with the token of a user in the body",
    expects: "Unauthorized to each: the trailer is ignored",
    checks: CHECKS,
    errata: ["I-13"],
    async run(t) {
      const [{ token }, peer] = [await t.user(), await t.peer()];
      await refuseEach(t, peer, {}, [Status.Unauthorized], { token });
    },
  }),

  federationCase({
    id: "federation.clients.operator-token",
    rules: ["federation.not-for-clients", "federation.no-user-token"],
    twin: HEALTHY,
    when: { session: ["both", "body"] },
    sends: "900 to 905 on a connection without a session, with the operator token in the body",
    expects: "Unauthorized or Forbidden to each",
    checks: CHECKS,
    errata: ["I-13", "I-22"],
    async run(t) {
      const [token, peer] = [t.operatorToken(), await t.peer()];
      await refuseEach(t, peer, {}, [Status.Unauthorized, Status.Forbidden], { token });
    },
  }),

  federationCase({
    id: "federation.clients.bad-token-on-session",
    rules: ["federation.no-user-token", "federation.not-for-clients"],
    twin: HEALTHY,
    when: { session: ["both"] },
    sends: "900 to 905 on a connection with a session, with a token in the body that nobody has",
    expects: "Forbidden to each: the trailer is ignored",
    checks: CHECKS,
    errata: ["I-13"],
    async run(t) {
      const [{ peer }, token] = [await t.user(), t.bytes(32)];
      await refuseEach(t, peer, {}, [Status.Forbidden], { token });
    },
  }),
];

/** calledAs answers what became of FederationHealth under a certificate. */
async function calledAs(t: Trial, shown: Shown): Promise<string> {
  let peer: Peer;
  try {
    peer = await t.federation().peer(REMOTE, shown);
  } catch (error) {
    return `no connection: ${(error as Error).message}`;
  }
  return outcome(healthOf(peer));
}

/** refuseEach makes a valid request of each method, but for `parts`, and checks how it is refused. */
async function refuseEach(
  t: Trial,
  peer: Peer,
  parts: Fields,
  allowed: readonly Status[],
  options?: CallOptions,
): Promise<void> {
  for (const method of CALLS) {
    const { fields } = await validRequest(t, method);
    const answer = await callMethod(peer, method, { ...fields, ...parts }, options);
    t.refused(answer, allowed, kebab(method.name));
  }
}
