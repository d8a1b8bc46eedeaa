import { before } from "node:test";
import { type CertifiedKey, createSelfSigned } from "../crypto/certificates.ts";
import { transportContract } from "./contract.ts";
import { createMemoryTransport } from "./memory.ts";

const transport = createMemoryTransport();
let identity: CertifiedKey;

before(async () => {
  identity = await createSelfSigned({ algorithm: "P-256" });
});

transportContract("the transport in memory", () => ({
  transport,
  certPem: identity.certPem,
  keyPem: identity.keyPem,
}));
