// Keys of others, fetched from a server that may hand out what it likes (spec/services/keys.md, Clients).

import { checkHybridPublicKey } from "../crypto/hybrid/keys.ts";
import { MlsError } from "../crypto/mls/group-member.ts";
import type { InspectedKeyPackage, Mls } from "../crypto/mls/mls.ts";
import { KeyService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import type { Database, Operation } from "../storage/sql/statement.ts";
import { sameBytes } from "./bytes.ts";
import type { CallOptions } from "./call.ts";
import { createClient } from "./client.ts";
import { ClientFault } from "./faults.ts";
import type { Session } from "./session.ts";
import { hadHybridKey, rememberHybridKey } from "./store/hybrid-keys.ts";
import { rememberUsed } from "./store/key-packages.ts";

export interface PeerKeys {
  /**
   * fetchKeyPackage takes a KeyPackage of an identity (32 bytes), which nobody else gets then; undefined
   * when there is none. It throws ClientFault `key-package-invalid`, `key-package-swapped` and
   * `key-package-replayed`, and the errors of the call.
   */
  fetchKeyPackage(identityKey: Uint8Array, options?: CallOptions): Promise<Uint8Array | undefined>;
  /**
   * hybridKeysOf answers the hybrid key (1,216 bytes) of each identity, in order; undefined where there is
   * none. It throws ClientFault `hybrid-key-invalid`, also when an identity has none any more: only
   * revocation and the end of an account take one away, so without them it is a downgrade.
   */
  hybridKeysOf(
    identityKeys: readonly Uint8Array[],
    options?: CallOptions,
  ): Promise<readonly (Uint8Array | undefined)[]>;
}

export interface PeerKeysOptions extends Session {
  readonly database: Database;
  readonly mls: Mls;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

/** createPeerKeys fetches keys on one connection. */
export function createPeerKeys(options: PeerKeysOptions): PeerKeys {
  const { caller, credentials, database, mls, now } = options;
  const keys = createClient(KeyService, caller, credentials);
  return {
    async fetchKeyPackage(identityKey, callOptions) {
      const { package: keyPackage } = await keys.fetchKeyPackage({ identityKey }, callOptions);
      if (keyPackage.length === 0) return undefined;
      const inspected = await inspect(mls, keyPackage, now());
      if (!sameBytes(inspected.identityKey, identityKey)) {
        throw new ClientFault("key-package-swapped", "a KeyPackage of another identity");
      }
      if (await database.write(rememberUsed(inspected.ref))) return keyPackage;
      throw new ClientFault("key-package-replayed", "a KeyPackage that was here before");
    },
    async hybridKeysOf(identityKeys, callOptions) {
      const found: (Uint8Array | undefined)[] = [];
      for (let at = 0; at < identityKeys.length; at += PAGE) {
        const page = identityKeys.slice(at, at + PAGE);
        const answer = await keys.fetchHybridKeys({ identityKeys: page }, callOptions);
        found.push(...checked(page, answer.keys));
      }
      await database.write(remember(identityKeys, found));
      return found;
    },
  };
}

const PAGE = LIMITS.hybridKeyBatch.value;

async function inspect(
  mls: Mls,
  keyPackage: Uint8Array,
  now: number,
): Promise<InspectedKeyPackage> {
  try {
    return await mls.inspectKeyPackage(keyPackage, now);
  } catch (cause) {
    if (!(cause instanceof MlsError)) throw cause;
    throw new ClientFault("key-package-invalid", cause.message, { cause });
  }
}

function checked(
  asked: readonly Uint8Array[],
  keys: readonly Uint8Array[],
): (Uint8Array | undefined)[] {
  if (keys.length !== asked.length) {
    throw invalid(`${keys.length} hybrid keys for ${asked.length} identities`);
  }
  return keys.map((key) => {
    if (key.length === 0) return undefined;
    try {
      checkHybridPublicKey(key);
      return key;
    } catch (cause) {
      throw invalid("a hybrid key that is none", cause);
    }
  });
}

/** remember throws for a key that vanished, and then notes none. */
function* remember(
  identityKeys: readonly Uint8Array[],
  found: readonly (Uint8Array | undefined)[],
): Operation<void> {
  for (const [n, identityKey] of identityKeys.entries()) {
    if (found[n]) yield* rememberHybridKey(identityKey);
    else if (yield* hadHybridKey(identityKey)) throw invalid("a hybrid key that was there is gone");
  }
}

function invalid(message: string, cause?: unknown): ClientFault {
  return new ClientFault("hybrid-key-invalid", message, { cause });
}
