// What a client trusts: the certificates of its CA file and nothing else, for the name it was told
// (spec/transport.md, Handshake).

import type { RuleSlug } from "../../../src/registry/rules.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import {
  type Certificate,
  issued,
  named,
  selfSigned,
  trusting,
} from "../../hostile/certificates.ts";
import {
  byIntermediate,
  commonNameOnly,
  expired,
  notYetValid,
  ofAuthority,
  withoutNames,
} from "./odd-certificates.ts";

const PINNING = "transport.client-pinning";
const NAME = "transport.client-server-name";

const TWIN = "client-transport.trust.self-signed";

type Row = readonly [slug: string, rule: RuleSlug, what: string, make: () => Promise<Certificate>];

const TRUSTED: readonly Row[] = [
  ["self-signed", PINNING, "a self-signed certificate that is the anchor", () => selfSigned()],
  [
    "ed25519",
    PINNING,
    "a self-signed certificate with an Ed25519 key that is the anchor",
    () => selfSigned({ algorithm: "Ed25519" }),
  ],
  ["authority", PINNING, "a certificate of the authority that is the anchor", () => issued()],
  [
    "intermediate",
    PINNING,
    "a certificate of an intermediate authority, and the intermediate one; the root is the anchor",
    byIntermediate,
  ],
  [
    "first-anchor",
    PINNING,
    "a certificate of the first of two authorities in the CA file",
    () => twoAnchors(ofAuthority("one"), ofAuthority("two"), 0),
  ],
  [
    "second-anchor",
    PINNING,
    "a certificate of the second of two authorities in the CA file",
    () => twoAnchors(ofAuthority("one"), ofAuthority("two"), 1),
  ],
  [
    "second-anchor-of-one-name",
    PINNING,
    "a certificate of the second of two authorities in the CA file, which have one name",
    () => twoAnchors(ofAuthority("one"), ofAuthority("one"), 1),
  ],
  [
    "renewal",
    PINNING,
    "the second of two self-signed certificates in the CA file, both for localhost",
    () => twoAnchors(selfSigned(), selfSigned(), 1),
  ],
  [
    "before-renewal",
    PINNING,
    "the first of two self-signed certificates in the CA file, both for localhost",
    () => twoAnchors(selfSigned(), selfSigned(), 0),
  ],
  [
    "second-name",
    NAME,
    "a certificate whose second name is the one that the client looks for",
    async () => named(await selfSigned({ names: ["a.test", "b.test"] }), "b.test"),
  ],
  [
    "name-beside-addresses",
    NAME,
    "a certificate with the name between two addresses",
    async () => named(await selfSigned({ names: ["127.0.0.1", "a.test", "::1"] }), "a.test"),
  ],
];

const REFUSED: readonly Row[] = [
  [
    "another-key",
    PINNING,
    "a self-signed certificate of the right name that is not the anchor",
    async () => trusting(await selfSigned(), await selfSigned()),
  ],
  [
    "another-authority",
    PINNING,
    "a certificate of an authority that has the name of the anchor, and another key",
    async () => trusting(await issued(), await issued()),
  ],
  [
    "neither-anchor",
    PINNING,
    "a certificate that neither of two authorities in the CA file has signed",
    async () => {
      const [shown, one, two] = [await issued(), await issued(), await issued()];
      return { ...shown, caPem: `${one.caPem}${two.caPem}` };
    },
  ],
  [
    "self-signed-for-authority",
    PINNING,
    "a self-signed certificate where an authority is the anchor",
    async () => trusting(await selfSigned(), await issued()),
  ],
  [
    "issued-for-self-signed",
    PINNING,
    "a certificate of an authority where a self-signed one is the anchor",
    async () => trusting(await issued(), await selfSigned()),
  ],
  [
    "missing-intermediate",
    PINNING,
    "a certificate of an intermediate authority, without the intermediate one",
    async () => {
      const whole = await byIntermediate();
      const [leaf = ""] = whole.certPem.split(/(?<=-----END CERTIFICATE-----\n)/);
      return { ...whole, certPem: leaf };
    },
  ],
  ["expired", PINNING, "a certificate of the anchor that expired yesterday", expired],
  [
    "not-yet-valid",
    PINNING,
    "a certificate of the anchor that is valid from tomorrow",
    notYetValid,
  ],
  [
    "another-name",
    NAME,
    "the anchor itself, for example.org",
    async () => named(await selfSigned({ names: ["example.org"] }), "localhost"),
  ],
  [
    "issued-another-name",
    NAME,
    "a certificate of the anchor for another name",
    async () => named(await issued({ names: ["a.test"] }), "b.test"),
  ],
  [
    "longer-name",
    NAME,
    "a certificate for localhost.example.org",
    async () => named(await issued({ names: ["localhost.example.org"] }), "localhost"),
  ],
  [
    "name-as-suffix",
    NAME,
    "a certificate for not-localhost",
    async () => named(await issued({ names: ["not-localhost"] }), "localhost"),
  ],
  [
    "parent-domain",
    NAME,
    "a certificate for example.org where chat.example.org is looked for",
    async () => named(await issued({ names: ["example.org"] }), "chat.example.org"),
  ],
  [
    "wildcard-two-levels",
    NAME,
    "a certificate for *.example.org where a.chat.example.org is looked for",
    async () => named(await issued({ names: ["*.example.org"] }), "a.chat.example.org"),
  ],
  [
    "address-only",
    NAME,
    "a certificate for 127.0.0.1 where localhost is looked for",
    async () => named(await issued({ names: ["127.0.0.1"] }), "localhost"),
  ],
  [
    "common-name-only",
    NAME,
    "a certificate for other.test whose common name is localhost",
    commonNameOnly,
  ],
  [
    "no-names",
    NAME,
    "a certificate without SubjectAlternativeName whose common name is localhost",
    withoutNames,
  ],
];

/** twoAnchors shows one of two certificates to a client that has the anchors of both. */
async function twoAnchors(
  first: Promise<Certificate>,
  second: Promise<Certificate>,
  shown: 0 | 1,
): Promise<Certificate> {
  const both = [await first, await second] as const;
  return { ...both[shown], caPem: `${both[0].caPem}${both[1].caPem}` };
}

export const certificateCases: readonly ClientCase[] = [
  ...TRUSTED.map(([slug, rule, what, make]) =>
    defineClientCase({
      id: `client-transport.trust.${slug}`,
      rules: [rule],
      sends: `a handshake with ${what}`,
      expects: "a connection that calls go over",
      checks: ["answer", "connection-lives"],
      async run(t) {
        const server = await t.server({ certificate: await make() });
        const sdk = await t.open(server);
        t.check("answer", true, { expected: "ok", got: "ok" });
        await t.connectionLives(sdk, server);
      },
    }),
  ),

  ...REFUSED.map(([slug, rule, what, make]) =>
    defineClientCase({
      id: `client-transport.distrust.${slug}`,
      rules: [rule],
      sends: `a handshake with ${what}`,
      expects: "conn.cert, and no connection",
      twin: TWIN,
      checks: ["answer", "no-connection"],
      async run(t) {
        const server = await t.server({ certificate: await make() });
        t.refused(await t.tryOpen(server), "conn.cert");
        const made = server.connections();
        t.check("no-connection", made === 0, { expected: "0 connections", got: `${made}` });
      },
    }),
  ),

  defineClientCase({
    id: "client-transport.distrust.told-another-name",
    rules: [NAME],
    sends: "a handshake with the anchor itself, for localhost, while the client looks for qpc.test",
    expects: "conn.cert for qpc.test; a connection to the same server for localhost",
    twin: TWIN,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const server = await t.server();
      t.refused(await t.tryOpen(server, { server_name: "qpc.test" }), "conn.cert");
      await t.connectionLives(await t.open(server), server);
    },
  }),

  defineClientCase({
    id: "client-transport.distrust.after-a-trusted-one",
    rules: [PINNING],
    sends:
      "a handshake with a certificate that was the anchor of another connection, and is not of this",
    expects: "conn.cert: trust is that of one connection",
    twin: TWIN,
    checks: ["first", "answer", "connection-lives"],
    async run(t) {
      const [one, two] = [await selfSigned(), await selfSigned()];
      const first = await t.server({ certificate: one });
      const sdk = await t.open(first);
      t.check("first", true, { expected: "ok", got: "ok" });
      t.refused(await t.tryOpen(first, { ca_pem: two.caPem }), "conn.cert");
      await t.connectionLives(sdk, first);
    },
  }),
];
