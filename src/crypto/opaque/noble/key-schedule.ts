// Transcript and keys of 3DH: RFC 9807 section 6.4.2.

import { clean } from "@noble/hashes/utils.js";
import { SIZES } from "../parameters.ts";
import { ascii, concat, expand, extract, hash, i2osp2, vector2 } from "./primitives.ts";

export interface PreambleInput {
  readonly context: Uint8Array;
  readonly clientIdentity: Uint8Array;
  readonly ke1: Uint8Array;
  readonly serverIdentity: Uint8Array;
  readonly credentialResponse: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly serverPublicKeyshare: Uint8Array;
}

/** preamble is Preamble, section 6.4.2.1: the transcript up to the server's MAC. */
export function preamble(input: PreambleInput): Uint8Array {
  return concat(
    ascii("OPAQUEv1-"),
    vector2(input.context),
    vector2(input.clientIdentity),
    input.ke1,
    vector2(input.serverIdentity),
    input.credentialResponse,
    input.serverNonce,
    input.serverPublicKeyshare,
  );
}

/** deriveKeys is DeriveKeys, section 6.4.2.2. `ikm` is wiped. All keys have 64 bytes. */
export function deriveKeys(ikm: Uint8Array, transcript: Uint8Array) {
  const prk = extract(ikm);
  const transcriptHash = hash(transcript);
  const handshakeSecret = deriveSecret(prk, "HandshakeSecret", transcriptHash);
  const keys = {
    handshakeSecret,
    sessionKey: deriveSecret(prk, "SessionKey", transcriptHash),
    km2: deriveSecret(handshakeSecret, "ServerMAC", new Uint8Array(0)),
    km3: deriveSecret(handshakeSecret, "ClientMAC", new Uint8Array(0)),
  };
  clean(ikm, prk);
  return keys;
}

/** deriveSecret is Derive-Secret and Expand-Label with a CustomLabel, section 6.4.2.1. */
function deriveSecret(secret: Uint8Array, label: string, transcriptHash: Uint8Array): Uint8Array {
  const fullLabel = ascii(`OPAQUE-${label}`);
  const customLabel = concat(
    i2osp2(SIZES.Nx),
    Uint8Array.of(fullLabel.length),
    fullLabel,
    Uint8Array.of(transcriptHash.length),
    transcriptHash,
  );
  return expand(secret, [customLabel], SIZES.Nx);
}
