// X.509 certificates for TLS: the server's own, and authorities for federation (RFC 5280, RFC 8410).
// Spec: transport.md.
//
// A self-signed certificate carries a SubjectAlternativeName, and key identifiers by which it is found
// among anchors of the same name. With CA:FALSE BoringSSL does not take it for a trust anchor, with
// CA:TRUE rustls does not take it for a server's certificate.

import "reflect-metadata"; // before @peculiar/x509, which needs it while loading
import { createPrivateKey, type webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 365;
const DEFAULT_NAMES = ["localhost", "127.0.0.1", "::1"];

const KEY_ALGORITHMS = {
  Ed25519: { name: "Ed25519" },
  "P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
} as const;
export type CertificateAlgorithm = keyof typeof KEY_ALGORITHMS;

/** CertifiedKey is a certificate with its private key (PKCS #8), each in both encodings. */
export interface CertifiedKey {
  readonly certDer: Uint8Array;
  readonly keyDer: Uint8Array;
  readonly certPem: string;
  readonly keyPem: string;
}

export interface SelfSignedOptions {
  readonly algorithm: CertificateAlgorithm;
  /** DNS names and IP addresses; default localhost, 127.0.0.1, ::1. The first is the common name too. */
  readonly names?: readonly string[];
  /** Days from now; default 365. Validity begins a day ago, for peers whose clock is behind. */
  readonly days?: number;
}

/** createSelfSigned makes a key and a certificate that serves as its own trust anchor. */
export async function createSelfSigned(options: SelfSignedOptions): Promise<CertifiedKey> {
  const keys = await generateKeys(options.algorithm);
  const names = options.names ?? DEFAULT_NAMES;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(options.days),
    name: commonName(names[0] ?? "localhost"),
    keys,
    signingAlgorithm: KEY_ALGORITHMS[options.algorithm],
    extensions: [
      alternativeNames(names),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certifiedKey(certificate, keys.privateKey);
}

export interface AuthorityOptions {
  readonly algorithm: CertificateAlgorithm;
  readonly commonName: string;
  readonly days?: number;
}

/** createAuthority makes a key and a certificate that may sign others with `issue`, and nothing else. */
export async function createAuthority(options: AuthorityOptions): Promise<CertifiedKey> {
  const keys = await generateKeys(options.algorithm);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(options.days),
    name: commonName(options.commonName),
    keys,
    signingAlgorithm: KEY_ALGORITHMS[options.algorithm],
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certifiedKey(certificate, keys.privateKey);
}

export interface IssueOptions extends AuthorityOptions {
  /** DNS names and IP addresses the holder may be reached under. */
  readonly names: readonly string[];
}

/** issue makes a key and a certificate signed by `authority`, good for servers and clients (mTLS). */
export async function issue(authority: CertifiedKey, options: IssueOptions): Promise<CertifiedKey> {
  const keys = await generateKeys(options.algorithm);
  const signer = await importSigner(authority.keyDer);
  const issuer = new x509.X509Certificate(Buffer.from(authority.certDer));
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(options.days),
    subject: commonName(options.commonName),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: signer.key,
    signingAlgorithm: signer.algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      alternativeNames(options.names),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return certifiedKey(certificate, keys.privateKey);
}

/**
 * domainOf answers the first DNS name of a certificate (DER) in lower case: the domain of a peer server
 * (C-70). It answers undefined when there is none, or when the bytes are no certificate.
 */
export function domainOf(certDer: Uint8Array): string | undefined {
  try {
    const certificate = new x509.X509Certificate(Buffer.from(certDer));
    const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
    return names.find(({ type }) => type === "dns")?.value.toLowerCase();
  } catch {
    return undefined;
  }
}

export type PemLabel = "CERTIFICATE" | "PRIVATE KEY";

/** toPem takes a file as it was read, DER or PEM alike (S-11), and answers PEM. A DER key is PKCS #8. */
export function toPem(file: Uint8Array | string, label: PemLabel): string {
  const text = typeof file === "string" ? file : Buffer.from(file).toString("latin1");
  if (text.includes("-----BEGIN ")) return text;
  const der = typeof file === "string" ? Buffer.from(file, "latin1") : file;
  if (der[0] !== DER_SEQUENCE) throw new TypeError(`${label} is neither DER nor PEM`);
  return derToPem(der, label);
}

const DER_SEQUENCE = 0x30;

/** derToPem writes RFC 7468: Base64 in lines of 64 characters between the label's markers. */
export function derToPem(der: Uint8Array, label: PemLabel): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** pemToDer answers the bytes of the first block. It throws TypeError when there is none. */
export function pemToDer(pem: string): Uint8Array {
  const body = /-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \1-----/.exec(pem)?.[2];
  if (body === undefined) throw new TypeError("no PEM block");
  return new Uint8Array(Buffer.from(body, "base64"));
}

async function generateKeys(algorithm: CertificateAlgorithm): Promise<webcrypto.CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHMS[algorithm], true, ["sign", "verify"]);
  return keys as webcrypto.CryptoKeyPair;
}

async function importSigner(keyDer: Uint8Array) {
  const { asymmetricKeyType } = createPrivateKey({
    key: Buffer.from(keyDer),
    format: "der",
    type: "pkcs8",
  });
  const algorithm = KEY_ALGORITHMS[asymmetricKeyType === "ed25519" ? "Ed25519" : "P-256"];
  const pkcs8 = new Uint8Array(keyDer);
  return {
    algorithm,
    key: await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
  };
}

async function certifiedKey(
  certificate: x509.X509Certificate,
  privateKey: webcrypto.CryptoKey,
): Promise<CertifiedKey> {
  const certDer = new Uint8Array(certificate.rawData);
  const keyDer = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return {
    certDer,
    keyDer,
    certPem: derToPem(certDer, "CERTIFICATE"),
    keyPem: derToPem(keyDer, "PRIVATE KEY"),
  };
}

function validity(days = DEFAULT_DAYS): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + days * DAY_MS) };
}

function commonName(name: string): x509.Name {
  return new x509.Name([{ CN: [name] }]);
}

function alternativeNames(names: readonly string[]): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
  );
}
