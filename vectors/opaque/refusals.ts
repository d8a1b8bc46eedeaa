// Messages of a login that differ from good ones in one thing, and must be refused for it.
// Spec: crypto/opaque.md [opaque.wire-sizes]; RFC 9807 section 9.3 and 10.7.

import type { Hex } from "../bytes.ts";
import type { OpaqueStep, OpaqueVector } from "../format.ts";
import { hex, refused } from "./stating.ts";

/** Messages are those of a good registration and login, with the inputs of the step that takes each. */
export interface Messages {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly ke1: Uint8Array;
  readonly ke2: Uint8Array;
  readonly ke3: Uint8Array;
  /** KE2 made with a fake record. */
  readonly dummy: Uint8Array;
  readonly inputs: Readonly<
    Record<"registration" | "upload" | "ke2" | "ke3" | "finish", Record<string, Hex>>
  >;
}

/** refusals change one thing about one message at a time. */
export function refusals(good: Messages): OpaqueVector[] {
  const { inputs, request, response, ke1, ke2, ke3, dummy } = good;
  const at =
    (step: OpaqueStep, values: Record<string, Hex>) =>
    (id: string, stage: OpaqueVector["stage"], bytes: Uint8Array) =>
      refused(id, step, stage, bytes, values);
  const registration = at("CreateRegistrationResponse", inputs.registration);
  const upload = at("FinalizeRegistrationRequest", inputs.upload);
  const server = at("GenerateKE2", inputs.ke2);
  const client = at("GenerateKE3", inputs.ke3);
  const finish = at("ServerFinish", inputs.finish);
  const wrong = { ...inputs.ke3, password: hex(new TextEncoder().encode("incorrect horse")) };
  const identity = new Uint8Array(32);
  const notCanonical = new Uint8Array(32).fill(0xff);
  return [
    registration("request-short", "length", request.subarray(1)),
    registration("request-long", "length", Buffer.concat([request, Uint8Array.of(0)])),
    registration("request-identity", "element", identity),
    registration("request-not-canonical", "element", notCanonical),
    upload("response-short", "length", response.subarray(1)),
    upload("response-identity", "element", put(response, 0, identity)),
    server("ke1-short", "length", ke1.subarray(1)),
    server("ke1-blinded-identity", "element", put(ke1, 0, identity)),
    server("ke1-keyshare-identity", "element", put(ke1, 64, identity)),
    client("ke2-short", "length", ke2.subarray(1)),
    client("ke2-evaluated-identity", "element", put(ke2, 0, identity)),
    client("ke2-unknown-user", "envelope", dummy),
    at("GenerateKE3", wrong)("ke2-wrong-password", "envelope", ke2),
    client("ke2-server-nonce", "server-mac", flip(ke2, 192)),
    client("ke2-server-mac", "server-mac", flip(ke2, 319)),
    finish("ke3-short", "length", ke3.subarray(1)),
    finish("ke3-mac", "client-mac", flip(ke3, 63)),
  ];
}

function flip(bytes: Uint8Array, position: number): Uint8Array {
  return bytes.map((byte, index) => (index === position ? byte ^ 1 : byte));
}

function put(bytes: Uint8Array, offset: number, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part, offset);
  return copy;
}
