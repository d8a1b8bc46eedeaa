// Key stretching, RFC 9807 section 2.2 (Stretch): Argon2id of the spec, and none for the vectors.

import { argon2 } from "node:crypto";
import { ARGON2ID, argon2Salt } from "./parameters.ts";

/** Ksf stretches an OPRF output of 64 bytes. The result is a new array that the caller may wipe. */
export type Ksf = (oprfOutput: Uint8Array) => Promise<Uint8Array>;

/**
 * argon2idKsf runs Argon2id of [opaque.parameters] on a thread of the pool: 19 MiB of memory and
 * some 25 ms, during which the event loop stays free. Rejects when the memory cannot be had.
 */
export const argon2idKsf: Ksf = (oprfOutput) =>
  new Promise((resolve, reject) => {
    const parameters = {
      message: oprfOutput,
      nonce: argon2Salt(),
      passes: ARGON2ID.passes,
      memory: ARGON2ID.memoryKiB,
      parallelism: ARGON2ID.parallelism,
      tagLength: ARGON2ID.outputBytes,
    };
    argon2("argon2id", parameters, (error, tag) => {
      if (error) reject(error);
      else resolve(new Uint8Array(tag.buffer, tag.byteOffset, tag.length));
    });
  });

/** identityKsf does not stretch. For the vectors of RFC 9807 Appendix C only. */
export const identityKsf: Ksf = async (oprfOutput) => oprfOutput.slice();
