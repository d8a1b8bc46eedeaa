// Hybrid envelopes across SDKs: sealed by one, opened by another (spec/crypto/hybrid-envelope.md).

import { createHash } from "node:crypto";
import { readBytes } from "../adapter/compare.ts";
import type { Finding } from "./cell.ts";
import { told } from "./logins.ts";
import { type Party, Refused } from "./party.ts";

const OPS = ["hybrid.public-key", "hybrid.seal", "hybrid.open"];

/** Bytes of a private key: X25519, and the seed of ML-KEM-768. */
const PRIVATE_KEY = 96;

const PLAINTEXTS = [0, 1, 1_000, 30_000];

/** sealsEnvelopes: the SDK has what this needs. */
export function sealsEnvelopes(party: Party): boolean {
  return party.has(...OPS);
}

/** exchangeEnvelopes has `from` seal for `to`, which must open each, and none under another AAD. */
export async function exchangeEnvelopes(from: Party, to: Party, seed: number): Promise<Finding[]> {
  const drawn = (label: string, length: number) => ({
    hex: createHash("shake256", { outputLength: length }).update(`${seed}/${label}`).digest("hex"),
  });
  const private_key = drawn("key", PRIVATE_KEY);
  const { public_key } = await to.ask("hybrid.public-key", { private_key });
  const findings: Finding[] = [];
  for (const length of PLAINTEXTS) {
    const [aad, plaintext] = [drawn("aad", 32), drawn("text", length)];
    const { envelope } = await from.ask("hybrid.seal", { public_key, aad, plaintext });
    const opening = { private_key, envelope };
    const opened = await told(async () => {
      const ok = await to.ask("hybrid.open", { ...opening, aad });
      const got = Buffer.from(readBytes(ok.plaintext) ?? []).toString("hex");
      return got === plaintext.hex ? undefined : "it opened to another plaintext";
    });
    findings.push({ id: `envelope.${length}-bytes.opens`, why: opened });
    const refused = await told(async () => {
      try {
        await to.ask("hybrid.open", { ...opening, aad: drawn("other", 32) });
      } catch (error) {
        if (error instanceof Refused && error.errorClass === "hybrid.auth") return undefined;
        throw error;
      }
      return "it opened under another AAD";
    });
    findings.push({ id: `envelope.${length}-bytes.other-aad`, why: refused });
  }
  return findings;
}
