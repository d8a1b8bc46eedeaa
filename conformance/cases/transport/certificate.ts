// The certificate that a server makes for itself (spec/transport.md).

import { X509Certificate } from "node:crypto";
import type { Case } from "../../judge/case.ts";
import { allOk, health, transportCase } from "./calls.ts";

const NAMES = ["DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"];

export const certificateCases: readonly Case[] = [
  transportCase({
    id: "transport.self-signed.names",
    rules: ["transport.self-signed"],
    server: { ownCertificate: true },
    sends: "a handshake with a server that was given no certificate",
    expects: "one certificate, signed with its own key, for localhost, 127.0.0.1 and ::1",
    checks: ["names", "signature", "answer"],
    async run(t) {
      const peer = await t.peer();
      const [leaf, ...others] = peer.quic.peerCertificates;
      const certificate = new X509Certificate(leaf ?? new Uint8Array(0));
      const names = certificate.subjectAltName?.split(", ") ?? [];
      t.check(
        "names",
        NAMES.every((name) => names.includes(name)),
        {
          expected: NAMES.join(", "),
          got: certificate.subjectAltName ?? "no SubjectAlternativeName",
        },
      );
      const signed = others.length === 0 && certificate.verify(certificate.publicKey);
      t.check("signature", signed, {
        expected: "one certificate that its own key verifies",
        got: `${others.length + 1} certificates, issuer ${certificate.issuer}`,
      });
      allOk(t, [await health(peer)]);
    },
  }),
];
