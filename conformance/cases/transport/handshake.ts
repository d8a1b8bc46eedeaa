// Who is let in: ALPN tokens, client certificates, one listener for all (spec/transport.md).

import { FAMILIES } from "../../../src/registry/families.ts";
import { METHODS } from "../../../src/registry/methods.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { describe } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { frame } from "../frames.ts";
import { allOk, health, isOk, transportCase } from "./calls.ts";

interface Offer {
  readonly slug: string;
  readonly tokens: readonly string[];
  readonly rule?: RuleSlug;
  /** Declared tokens beside which the offer is a wrong one. */
  readonly unless?: "qpq" | "qpq/1";
}

const FOREIGN_OFFERS: readonly Offer[] = [
  { slug: "h3", tokens: ["h3"] },
  { slug: "foreign-token", tokens: ["qpct-foreign"] },
  { slug: "several-foreign-tokens", tokens: ["h3", "qpct-foreign", "hq-interop"] },
  { slug: "upper-case", tokens: ["QPC"] },
  { slug: "prefix", tokens: ["qp"] },
  { slug: "longer", tokens: ["qpc/1", "qpcx"] },
  { slug: "qpq", tokens: ["qpq"], unless: "qpq" },
  { slug: "qpq-1", tokens: ["qpq/1"], unless: "qpq/1" },
  { slug: "capnp", tokens: ["capnp"], rule: "transport.no-v1" },
  { slug: "capnp-first", tokens: ["capnp", "h3"], rule: "transport.no-v1" },
];

export const handshakeCases: readonly Case[] = [
  transportCase({
    id: "transport.alpn.declared-token",
    rules: ["transport.alpn", "transport.quic"],
    sends: "a handshake that offers the ALPN token of the subject, and a Health call",
    expects: "that token, and an answer",
    checks: ["token", "answer"],
    errata: ["C-02"],
    tier: "smoke",
    run: (t) => servedUnder(t, [t.profile.alpn]),
  }),

  transportCase({
    id: "transport.alpn.among-others",
    rules: ["transport.alpn"],
    sends: "a handshake that offers three tokens, the right one last",
    expects: "the right one, and an answer",
    checks: ["token", "answer"],
    errata: ["C-02"],
    run: (t) => servedUnder(t, ["h3", "qpct-foreign", t.profile.alpn]),
  }),

  transportCase({
    id: "transport.alpn.configured-tokens",
    rules: ["transport.alpn"],
    severity: "MAY",
    server: { alpn: ["qpq/1", "qpq"] },
    sends: "to a server configured with qpq/1 and qpq: a handshake with each, and one with h3",
    expects: "the first two are served, the third is refused",
    checks: ["qpq", "qpq-1", "h3"],
    errata: ["C-02"],
    async run(t) {
      for (const token of ["qpq", "qpq/1"]) {
        const refused = await t.turnedAway({ alpn: [token] });
        t.check(token.replace("/", "-"), refused === undefined, {
          expected: `a connection under ${token}`,
          got: refused ?? "one",
        });
      }
      const refused = await t.turnedAway({ alpn: ["h3"] });
      t.check("h3", refused !== undefined, { expected: "no connection", got: "one under h3" });
    },
  }),

  ...FOREIGN_OFFERS.map(({ slug, tokens, rule = "transport.alpn-mismatch", unless }) =>
    transportCase({
      id: `transport.alpn.${slug}`,
      rules: [rule],
      twin: "transport.alpn.declared-token",
      sends: `a handshake that offers ${tokens.join(", ")}, and no other token`,
      expects: "the handshake fails; a connection with the right token is served",
      checks: ["refused", "answer"],
      errata: ["C-02"],
      ...(unless !== undefined && {
        when: { alpn: ["qpc", "qpq", "qpq/1"].filter((token) => token !== unless) },
      }),
      async run(t) {
        const refused = await t.turnedAway({ alpn: tokens });
        t.check("refused", refused !== undefined, { expected: "no connection", got: "one" });
        allOk(t, [await health(await t.peer())]);
      },
    }),
  ),

  transportCase({
    id: "transport.no-client-certificate.anonymous",
    rules: ["transport.no-client-certificate"],
    sends: "Health, a moment later Health again, on a connection whose client has no certificate",
    expects: "Ok both times",
    errata: ["C-13"],
    async run(t) {
      const peer = await t.peer();
      // Under TLS 1.3 a refused client certificate can become known after the handshake.
      const first = await health(peer, 1);
      allOk(t, [first, await health(peer, 2)]);
    },
  }),

  transportCase({
    id: "transport.quic.one-listener",
    rules: ["transport.quic"],
    features: ["auth"],
    sends: "on one connection, an empty request to a method of every family that is declared",
    expects: "an answer to each, and UnknownMethod to none",
    errata: ["C-70"],
    async run(t) {
      const peer = await t.peer();
      const declared = t.subject.declaration?.features ?? new Set(["auth"]);
      const served = FAMILIES.filter((one) => declared.has(one) && one !== "federation");
      const missing: string[] = [];
      for (const family of served) {
        const method = METHODS.find((one) => one.family === family);
        const got = await peer.send(frame(method?.id ?? 0, 1, new Uint8Array(0)));
        const known = got.kind === "response" && got.status !== Status.UnknownMethod;
        if (!known) missing.push(`${family}: ${describe(got)}`);
      }
      t.check("answer", missing.length === 0, {
        expected: `answers from ${served.join(", ")}`,
        got: missing.join("; "),
      });
    },
  }),
];

async function servedUnder(t: Trial, tokens: readonly string[]): Promise<void> {
  const peer = await t.peer({ alpn: tokens });
  const { alpn } = peer.quic;
  t.check("token", alpn === t.profile.alpn, { expected: t.profile.alpn, got: alpn });
  const got = await health(peer);
  t.check("answer", isOk(got), { expected: "Ok", got: describe(got) });
}
