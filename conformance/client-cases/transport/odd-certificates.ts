// Certificates that the tools of this repository do not make: expired, not yet valid, without names, by
// an intermediate authority, by authorities that share a name (RFC 5280). Spec: transport.md.

import "reflect-metadata"; // before @peculiar/x509, which needs it while loading
import type { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { derToPem } from "../../../src/crypto/certificates.ts";
import type { Certificate } from "../../hostile/certificates.ts";

const DAY_MS = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** expired is issued by its anchor for localhost, and was valid until yesterday. */
export function expired(): Promise<Certificate> {
  return leafOf({ from: -30, to: -1 });
}

/** notYetValid is issued by its anchor for localhost, and is valid from tomorrow. */
export function notYetValid(): Promise<Certificate> {
  return leafOf({ from: 1, to: 30 });
}

/** commonNameOnly has localhost as its common name, and another SubjectAlternativeName. */
export function commonNameOnly(): Promise<Certificate> {
  return leafOf({ names: ["other.test"] });
}

/** withoutNames has no SubjectAlternativeName at all. */
export function withoutNames(): Promise<Certificate> {
  return leafOf({ names: [] });
}

/** byIntermediate shows two certificates: its own, and that of the authority below the anchor. */
export async function byIntermediate(): Promise<Certificate> {
  const root = await authority("root");
  const middle = await authority("intermediate", root);
  const leaf = await leafUnder(middle, {});
  return {
    ...leaf,
    certPem: `${leaf.certPem}${pemOf(middle.certificate)}`,
    caPem: pemOf(root.certificate),
  };
}

/** ofAuthority is issued for localhost by an authority of this name, which other authorities may share. */
export async function ofAuthority(name: string): Promise<Certificate> {
  return leafUnder(await authority(name), {});
}

interface Leaf {
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
  readonly names?: readonly string[];
}

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

async function leafOf(options: Leaf): Promise<Certificate> {
  return leafUnder(await authority("authority"), options);
}

async function leafUnder(
  issuer: Issuer,
  { from = -1, to = 365, names = ["localhost"] }: Leaf,
): Promise<Certificate> {
  const keys = await generate();
  const alternatives = names.map((value) => ({ type: "dns" as const, value }));
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(from, to),
    subject: new x509.Name([{ CN: ["localhost"] }]),
    issuer: issuer.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      ...(alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certPem: pemOf(certificate),
    keyPem: derToPem(new Uint8Array(key), "PRIVATE KEY"),
    caPem: pemOf(issuer.certificate),
    serverName: "localhost",
  };
}

async function authority(name: string, above?: Issuer): Promise<Issuer> {
  const keys = await generate();
  const subject = new x509.Name([{ CN: [name] }]);
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(-1, 365),
    subject,
    issuer: above?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (above?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(above ? [await x509.AuthorityKeyIdentifierExtension.create(above.keys.publicKey)] : []),
    ],
  });
  return { certificate, keys };
}

async function generate(): Promise<webcrypto.CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  return keys as webcrypto.CryptoKeyPair;
}

function validity(from: number, to: number) {
  const now = Date.now();
  return { notBefore: new Date(now + from * DAY_MS), notAfter: new Date(now + to * DAY_MS) };
}

function pemOf(certificate: x509.X509Certificate): string {
  return derToPem(new Uint8Array(certificate.rawData), "CERTIFICATE");
}
