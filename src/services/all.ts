// Every service of this server, put together from what they share.

import type { OpaqueServer } from "../crypto/opaque/serenity/server.ts";
import { LIMITS } from "../registry/limits.ts";
import type { AdjustableClock } from "../rpc/clock.ts";
import type { SessionLookup } from "../rpc/credentials.ts";
import type { PushHub } from "../rpc/push.ts";
import type { RateLimiter } from "../rpc/rate-limit.ts";
import type { ComposedMethod } from "../rpc/service.ts";
import type { Stores } from "../storage/stores.ts";
import { createAccountService } from "./account.ts";
import { createAuthService } from "./auth.ts";
import { createBlobService } from "./blob.ts";
import { createChannelService } from "./channel.ts";
import { createDeliveryService } from "./delivery.ts";
import type { DeliveryProofs } from "./delivery-proofs.ts";
import { createDeviceService } from "./device.ts";
import { createFederationService } from "./federation.ts";
import { createGroupService } from "./group.ts";
import { createHealthService } from "./health.ts";
import type { KeyLog } from "./key-log.ts";
import { createKeyService } from "./keys.ts";
import { createKtService } from "./kt.ts";
import type { ServiceLimits } from "./limits.ts";
import { createModerationService } from "./moderation.ts";
import { createEndpointService } from "./p2p.ts";
import type { Peers } from "./peers.ts";
import { createRecoveryService } from "./recovery.ts";
import { createRouter } from "./routing.ts";
import { createLocalResolver, createUserService } from "./user.ts";
import type { Waits } from "./waits.ts";

export interface ServiceContext {
  readonly stores: Stores;
  readonly clock: AdjustableClock;
  readonly sessions: SessionLookup;
  readonly waits: Waits;
  readonly pushes: PushHub;
  readonly opaque: OpaqueServer;
  readonly keyLog: KeyLog;
  /** perMinute makes a limiter of that many calls a minute and key; off where rate limits are off. */
  readonly perMinute: (limit: number) => RateLimiter;
  readonly limits: ServiceLimits;
  /** Signs delivery proofs; undefined where none are given (C-40). */
  readonly proofs: DeliveryProofs | undefined;
  /** NO_PEERS while federation is off. */
  readonly peers: Peers;
  readonly draining: () => boolean;
}

/** createServices answers every method; which of them a listener has is the server's choice. */
export function createServices(context: ServiceContext): ComposedMethod[] {
  const { stores, clock, perMinute } = context;
  const resolveHere = createLocalResolver({ ...context, users: stores.users });
  const router = createRouter({ ...context, federation: stores.federation, resolveHere });
  return [
    ...createAuthService({
      ...context,
      users: stores.users,
      sessions: stores.sessions,
      devices: stores.devices,
      loginRate: perMinute(LIMITS.failedLogins.value),
    }),
    ...createDeliveryService({
      ...context,
      deliveries: stores.deliveries,
      channels: stores.channels,
      bans: stores.moderation,
      router,
    }),
    ...createKeyService({
      clock,
      router,
      keyPackages: stores.keyPackages,
      hybridKeys: stores.hybridKeys,
      fetchRate: perMinute(LIMITS.keyPackageFetches.value),
    }),
    ...createChannelService({ ...context, channels: stores.channels, groups: stores.groups }),
    ...createGroupService({ ...context, groups: stores.groups }),
    ...createModerationService({
      ...context,
      moderation: stores.moderation,
      channels: stores.channels,
    }),
    ...createDeviceService({ ...context, devices: stores.devices }),
    ...createBlobService({ clock, blobs: stores.blobs }),
    ...createRecoveryService({
      clock,
      recovery: stores.recovery,
      fetchRate: perMinute(LIMITS.recoveryFetches.value),
    }),
    ...createEndpointService({ clock, endpoints: stores.endpoints }),
    ...createUserService({ ...context, users: stores.users, remote: router.resolve }),
    ...createKtService({ ...context, kt: stores.kt }),
    ...createHealthService(context),
    ...createAccountService({ ...context, accounts: stores.accounts }),
    ...createFederationService({
      ...context,
      ...stores,
      fetchRate: perMinute(LIMITS.keyPackageFetches.value),
      resolveHere,
    }),
  ];
}
