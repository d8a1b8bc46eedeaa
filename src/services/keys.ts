// KeyPackages and hybrid keys (300-304): spec/services/keys.md. Lengths, limits and ownership are
// checked by the dispatcher from the method table; packages are opaque here (C-60).

import { createHash } from "node:crypto";
import { KeyService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { keyOf } from "../rpc/connection.ts";
import { demand } from "../rpc/error.ts";
import type { RateLimiter } from "../rpc/rate-limit.ts";
import { type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import type { HybridKeyStore, KeyPackageStore } from "../storage/stores.ts";

export interface KeyDependencies {
  readonly keyPackages: KeyPackageStore;
  readonly hybridKeys: HybridKeyStore;
  /** Fetches of one caller for one target (I-16). */
  readonly fetchRate: RateLimiter;
  readonly clock: Clock;
}

const NONE = new Uint8Array(0);

/** createKeyService answers 300 to 304. */
export function createKeyService(dependencies: KeyDependencies): ComposedMethod[] {
  const { keyPackages, hybridKeys, fetchRate, clock } = dependencies;
  return compose(KeyService, {
    async uploadKeyPackage({ identityKey, package: bytes }) {
      const now = clock.now();
      const fingerprint = createHash("sha256").update(bytes).digest();
      const expiresAt = now + LIMITS.keyPackageLifetime.value;
      const entry = { identityKey, package: bytes, fingerprint, expiresAt };
      await keyPackages.upload(entry, LIMITS.keyPackagesKept.value, now);
      return { fingerprint };
    },

    async fetchKeyPackage({ identityKey }, call) {
      // A lost answer loses the package, so a stranger must not be able to drain the queue quickly.
      const caller = callerSession(call).identityKey;
      const wait = fetchRate.take(keyOf(caller) + keyOf(identityKey));
      demand(wait === 0, Status.RateLimited, "keys.fetch-rate", { retryAfterMs: wait });
      const found = await keyPackages.pop(identityKey, clock.now());
      return { package: found ?? NONE };
    },

    async uploadHybridKey({ identityKey, hybridPublicKey }) {
      await hybridKeys.put(identityKey, hybridPublicKey, clock.now());
      return {};
    },

    async fetchHybridKey({ identityKey }) {
      const [found] = await hybridKeys.getMany([identityKey]);
      return { hybridPublicKey: found ?? NONE };
    },

    async fetchHybridKeys({ identityKeys }) {
      const found = await hybridKeys.getMany(identityKeys);
      return { keys: found.map((key) => key ?? NONE) };
    },
  });
}
