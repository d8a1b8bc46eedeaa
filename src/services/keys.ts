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
import type { Router } from "./routing.ts";

export interface KeyDependencies {
  readonly keyPackages: KeyPackageStore;
  readonly hybridKeys: HybridKeyStore;
  /** Fetches of one caller for one target (I-16). */
  readonly fetchRate: RateLimiter;
  readonly router: Router;
  readonly clock: Clock;
}

const NONE = new Uint8Array(0);

/** createKeyService answers 300 to 304. */
export function createKeyService(dependencies: KeyDependencies): ComposedMethod[] {
  const { keyPackages, hybridKeys, fetchRate, router, clock } = dependencies;

  // Of keys that live with a peer the peer is asked, one by one: it has no call for many (I-19).
  async function hybridKeysOf(identityKeys: readonly Uint8Array[]) {
    const found = await hybridKeys.getMany(identityKeys);
    const domains = await router.domainsOf(identityKeys);
    const answers = identityKeys.map(async (identityKey, index) => {
      const domain = domains[index];
      if (domain === undefined) return found[index];
      return router.fetchHybridKey(domain, identityKey);
    });
    return Promise.all(answers);
  }

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
      const [domain] = await router.domainsOf([identityKey]);
      const found =
        domain === undefined
          ? await keyPackages.pop(identityKey, clock.now())
          : await router.fetchKeyPackage(domain, identityKey);
      return { package: found ?? NONE };
    },

    async uploadHybridKey({ identityKey, hybridPublicKey }) {
      await hybridKeys.put(identityKey, hybridPublicKey, clock.now());
      return {};
    },

    async fetchHybridKey({ identityKey }) {
      const [found] = await hybridKeysOf([identityKey]);
      return { hybridPublicKey: found ?? NONE };
    },

    async fetchHybridKeys({ identityKeys }) {
      const found = await hybridKeysOf(identityKeys);
      return { keys: found.map((key) => key ?? NONE) };
    },
  });
}
