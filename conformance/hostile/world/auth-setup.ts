// The secrets of the world's OPAQUE server, new in every world (spec/crypto/opaque.md).

import { randomBytes } from "node:crypto";
import { publicKeyOf, randomScalar } from "../../../src/crypto/opaque/noble/oprf.ts";
import { readServerSetup, type ServerSetup } from "../../../src/crypto/opaque/noble/server.ts";
import { SIZES } from "../../../src/crypto/opaque/parameters.ts";

/** newServerSetup makes OPRF seed, key pair and the public key of the fake record. */
export function newServerSetup(): ServerSetup {
  const parts = [randomBytes(SIZES.Nh), randomScalar(), publicKeyOf(randomScalar())];
  return readServerSetup(new Uint8Array(Buffer.concat(parts)));
}
