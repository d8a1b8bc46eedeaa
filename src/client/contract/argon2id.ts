// Argon2id at its smallest, for tests that are about something else: they derive dozens of keys. That the
// parameters are those of the spec is proven beside Argon2id itself (src/crypto), by the store's own tests,
// by the golden vectors, and by qpc against qpc-server as processes.

import { PASSPHRASE_ARGON2ID } from "../../crypto/client/passphrase.ts";
import { ARGON2ID } from "../../crypto/opaque/parameters.ts";
import { KEY_STRETCHING } from "../../crypto/opaque/serenity/backend.ts";

/** weakenArgon2id makes keys from passwords and passphrases cheap, and worthless, in all of this process. */
export function weakenArgon2id(): void {
  Object.assign(ARGON2ID, { passes: 1, memoryKiB: 8 });
  Object.assign(KEY_STRETCHING["argon2id-custom"], { iterations: 1, memory: 8 });
  Object.assign(PASSPHRASE_ARGON2ID, { passes: 1, memoryKiB: 8 });
}
