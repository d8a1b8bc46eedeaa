// OPAQUE across SDKs: one registers, another logs in with the same password (spec/crypto/opaque.md). The
// identity goes along as its seed, since a login names the key that was registered.

import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { readBytes } from "../adapter/compare.ts";
import type { Json } from "../adapter/protocol.ts";
import type { Subject } from "../judge/subject.ts";
import type { Finding } from "./cell.ts";
import { type Party, Refused } from "./party.ts";

const PASSWORD = "correct horse battery staple";

/** logsIn: the SDK has what this needs. */
export function logsIn(party: Party): boolean {
  return party.has("user.open", "user.register", "user.login");
}

/** exchangeLogins has each SDK register, and each other log in. */
export async function exchangeLogins(
  parties: readonly Party[],
  server: Subject,
  seed: number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const from of parties) {
    const username = `${from.name}-${seed}`;
    const identity = createHash("sha256").update(username).digest();
    const identity_seed = { hex: identity.toString("hex") };
    const credentials = { username, password: PASSWORD, identity_seed };
    const registered = await told(async () => {
      await from.ask("user.open", { user: username, ...placeOf(server) });
      const ok = await from.ask("user.register", { user: username, ...credentials });
      const key = Buffer.from(readBytes(ok.identity_key) ?? []).toString("hex");
      return key === publicKeyOf(identity) ? undefined : "the identity is not of the seed given";
    });
    findings.push({ id: `login.${from.name}.registers`, why: registered });
    if (registered !== undefined) continue;
    for (const to of parties.filter((party) => party !== from)) {
      const user = `${username}-at-${to.name}`;
      const way = `login.${from.name}-to-${to.name}`;
      const right = await told(async () => {
        await to.ask("user.open", { user, ...placeOf(server) });
        await to.ask("user.login", { user, ...credentials });
        return undefined;
      });
      findings.push({ id: `${way}.right-password`, why: right });
      const wrong = await told(async () => {
        const other = `${user}-2`;
        await to.ask("user.open", { user: other, ...placeOf(server) });
        try {
          await to.ask("user.login", { user: other, ...credentials, password: "another" });
        } catch (error) {
          if (error instanceof Refused && error.errorClass === "opaque.auth") return undefined;
          throw error;
        }
        return "a wrong password was taken";
      });
      findings.push({ id: `${way}.wrong-password`, why: wrong });
    }
  }
  return findings;
}

/** placeOf is where users are told to find a server. */
export function placeOf({ host, port, serverName, caPem, declaration }: Subject): Json {
  const alpn = declaration?.profile.alpn ?? "qpc";
  return { host, port, server_name: serverName, ca_pem: caPem, alpn, timeout_ms: 5_000 };
}

/** told answers what went wrong, or undefined. */
export async function told(work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    return (error as Error).message;
  }
}

/** The DER of an Ed25519 private key up to its seed (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

function publicKeyOf(seed: Uint8Array): string {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8, seed]),
    format: "der",
    type: "pkcs8",
  });
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return der.subarray(-32).toString("hex");
}
