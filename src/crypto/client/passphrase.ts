// Keys from passphrases: Argon2id version 1.3 (RFC 9106), as transcripts and the local state use it
// [transcript.key], [client.store-key].

import { argon2 } from "node:crypto";

/** PASSPHRASE_SALT_BYTES is the length of every salt. */
export const PASSPHRASE_SALT_BYTES = 16;

/** PASSPHRASE_ARGON2ID are the parameters, alike everywhere. */
export const PASSPHRASE_ARGON2ID = {
  passes: 3,
  memoryKiB: 65_536,
  parallelism: 1,
  outputBytes: 32,
} as const;

/**
 * passphraseKey derives 32 bytes from the UTF-8 of a passphrase and a salt (16 bytes), on a thread of
 * the pool: 64 MiB of memory and some 300 ms. It rejects with RangeError for an empty passphrase, one
 * that is no Unicode and a salt of another length, and when the memory cannot be had.
 */
export async function passphraseKey(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  if (passphrase === "" || !passphrase.isWellFormed()) {
    throw new RangeError("a passphrase is Unicode text and not empty");
  }
  if (salt.length !== PASSPHRASE_SALT_BYTES) throw new RangeError(`a salt of ${salt.length} bytes`);
  const { passes, memoryKiB, parallelism, outputBytes } = PASSPHRASE_ARGON2ID;
  const parameters = {
    message: Buffer.from(passphrase, "utf8"),
    nonce: salt,
    passes,
    memory: memoryKiB,
    parallelism,
    tagLength: outputBytes,
  };
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  argon2("argon2id", parameters, (error, tag) => {
    if (error) reject(error);
    else resolve(new Uint8Array(tag));
  });
  return promise;
}
