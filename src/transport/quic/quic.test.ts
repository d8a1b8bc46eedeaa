import { before } from "node:test";
import { type CertifiedKey, createSelfSigned } from "../../crypto/certificates.ts";
import { transportContract } from "../contract.ts";
import { createQuicTransport } from "./quic.ts";

const transport = createQuicTransport();
let identity: CertifiedKey;

before(async () => {
  identity = await createSelfSigned({ algorithm: "Ed25519" });
});

transportContract("the transport over QUIC", () => ({
  transport,
  certPem: identity.certPem,
  keyPem: identity.keyPem,
}));
