import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import {
  type CertificateAlgorithm,
  createAuthority,
  createSelfSigned,
  derToPem,
  domainOf,
  issue,
  pemToDer,
  toPem,
} from "./certificates.ts";

const ALGORITHMS: CertificateAlgorithm[] = ["Ed25519", "P-256"];

describe("createSelfSigned", () => {
  for (const algorithm of ALGORITHMS) {
    it(`makes a certificate and its key, ${algorithm}`, async () => {
      const made = await createSelfSigned({ algorithm });
      const certificate = new X509Certificate(made.certDer);
      assert.equal(certificate.subject, "CN=localhost");
      assert.equal(certificate.issuer, certificate.subject);
      assert.ok(certificate.verify(certificate.publicKey));
      assert.ok(certificate.checkPrivateKey(createPrivateKey(made.keyPem)));
      assert.equal(
        certificate.publicKey.asymmetricKeyType,
        algorithm === "P-256" ? "ec" : "ed25519",
      );
    });
  }

  it("names localhost and both loopback addresses", async () => {
    const { certPem } = await createSelfSigned({ algorithm: "Ed25519" });
    const certificate = new X509Certificate(certPem);
    assert.equal(
      certificate.subjectAltName,
      "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
  });

  it("takes other names and another lifetime", async () => {
    const names = ["chat.example.org", "10.0.0.7"];
    const { certPem } = await createSelfSigned({ algorithm: "P-256", names, days: 30 });
    const certificate = new X509Certificate(certPem);
    assert.equal(certificate.subject, "CN=chat.example.org");
    assert.equal(certificate.subjectAltName, "DNS:chat.example.org, IP Address:10.0.0.7");
    const days = (certificate.validToDate.getTime() - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days <= 30, `${days} days left`);
    assert.ok(certificate.validFromDate.getTime() < Date.now());
  });

  it("carries no extensions but the names and the key identifiers", async () => {
    const { certDer } = await createSelfSigned({ algorithm: "Ed25519" });
    assert.deepEqual(extensionOids(certDer), ["55 1d 11", "55 1d 0e", "55 1d 23"]);
  });

  it("gives each certificate a serial number of its own", async () => {
    const made = await Promise.all([1, 2].map(() => createSelfSigned({ algorithm: "Ed25519" })));
    const serials = made.map(({ certDer }) => new X509Certificate(certDer).serialNumber);
    assert.notEqual(serials[0], serials[1]);
  });
});

describe("issue", () => {
  for (const authorityAlgorithm of ALGORITHMS) {
    for (const algorithm of ALGORITHMS) {
      it(`signs ${algorithm} with ${authorityAlgorithm}`, async () => {
        const authority = await createAuthority({
          algorithm: authorityAlgorithm,
          commonName: "Test Authority",
        });
        const issued = await issue(authority, {
          algorithm,
          commonName: "node-a, Inc.",
          names: ["a.example.org"],
        });
        const certificate = new X509Certificate(issued.certDer);
        const issuer = new X509Certificate(authority.certDer);
        assert.ok(issuer.ca);
        assert.ok(!certificate.ca);
        assert.ok(certificate.checkIssued(issuer));
        assert.ok(certificate.verify(issuer.publicKey));
        assert.ok(certificate.checkPrivateKey(createPrivateKey(issued.keyPem)));
        assert.equal(certificate.subject, "CN=node-a\\, Inc.");
        assert.equal(certificate.subjectAltName, "DNS:a.example.org");
      });
    }
  }
});

describe("the domain of a certificate", () => {
  const names = ["192.0.2.1", "B.Example.org", "c.example.org"];

  it("is its first DNS name, in lower case", async () => {
    const { certDer } = await createSelfSigned({ algorithm: "P-256", names });
    assert.equal(domainOf(certDer), "b.example.org");
  });

  it("is missing without a DNS name, and in what is no certificate", async () => {
    const address = await createSelfSigned({ algorithm: "P-256", names: ["192.0.2.1"] });
    const nameless = await createAuthority({ algorithm: "P-256", commonName: "b.example.org" });
    assert.equal(domainOf(address.certDer), undefined);
    assert.equal(domainOf(nameless.certDer), undefined);
    assert.equal(domainOf(new Uint8Array([1, 2, 3])), undefined);
  });
});

describe("PEM and DER", () => {
  it("convert into each other", async () => {
    const { certDer, certPem, keyDer, keyPem } = await createSelfSigned({ algorithm: "P-256" });
    assert.deepEqual(pemToDer(certPem), certDer);
    assert.equal(derToPem(keyDer, "PRIVATE KEY"), keyPem);
    assert.ok(certPem.split("\n").every((line) => line.length <= 64));
  });

  it("are both accepted where a file is read", async () => {
    const { certDer, certPem, keyDer, keyPem } = await createSelfSigned({ algorithm: "Ed25519" });
    assert.equal(toPem(certDer, "CERTIFICATE"), certPem);
    assert.equal(toPem(Buffer.from(certPem), "CERTIFICATE"), certPem);
    assert.equal(toPem(keyPem, "PRIVATE KEY"), keyPem);
    assert.equal(toPem(Buffer.from(keyDer).toString("latin1"), "PRIVATE KEY"), keyPem);
  });

  it("refuse what is neither", () => {
    assert.throws(() => toPem(new Uint8Array([1, 2, 3]), "CERTIFICATE"), TypeError);
    assert.throws(() => toPem(new Uint8Array(), "PRIVATE KEY"), TypeError);
    assert.throws(() => pemToDer("no certificate here"), TypeError);
  });
});

/** extensionOids lists the extension identifiers of the arc 2.5.29, as hex, in order. */
function extensionOids(certDer: Uint8Array): string[] {
  const hex = Buffer.from(certDer).toString("hex");
  return [...hex.matchAll(/0603(551d..)/g)].map((match) =>
    (match[1] ?? "").replace(/(..)(?=.)/g, "$1 "),
  );
}
