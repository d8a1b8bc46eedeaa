// Federation as it starts: certificates from the files that the options name, or all of it from
// QPC_TEST_CONFIG (FEDERATION-005 to FEDERATION-007; C-71).

import { readFile } from "node:fs/promises";
import { domainOf, pemToDer, toPem } from "../crypto/certificates.ts";
import type { FederationConfig } from "./federation.ts";
import { address, type FederationOptions, peerAddress, UsageError } from "./options.ts";

/** loadFederation reads the files. It rejects when one is missing, or the domain is not certified. */
export async function loadFederation(options: FederationOptions): Promise<FederationConfig> {
  const { certFile, keyFile, caFile, ...rest } = options;
  return certified({
    ...rest,
    certPem: toPem(await readFile(certFile), "CERTIFICATE"),
    keyPem: toPem(await readFile(keyFile), "PRIVATE KEY"),
    caPem: toPem(await readFile(caFile), "CERTIFICATE"),
  });
}

/** readFederationSection reads `federation` of QPC_TEST_CONFIG; absent = off. It throws UsageError. */
export function readFederationSection(value: unknown): FederationConfig | undefined {
  if (value === undefined || value === null) return undefined;
  const section = value as Readonly<Record<string, unknown>>;
  const text = (key: string) => {
    const given = section[key];
    if (typeof given === "string") return given;
    throw new UsageError(`QPC_TEST_CONFIG: federation.${key} is not a string`);
  };
  const peers = Object.entries((section.peers ?? {}) as Record<string, unknown>);
  return certified({
    ...address(text("listen")),
    domain: text("domain").toLowerCase(),
    certPem: text("cert_pem"),
    keyPem: text("key_pem"),
    caPem: text("ca_pem"),
    peers: peers.map(([domain, at]) => peerAddress(domain, String(at))),
  });
}

// Peers believe the certificate, so with another name nothing would ever work.
function certified(config: FederationConfig): FederationConfig {
  const name = domainOf(pemToDer(config.certPem));
  if (name === config.domain) return config;
  throw new UsageError(`the federation certificate is for ${name}, not for ${config.domain}`);
}
